//! How a deletion affects the objects that reference the deleted one, and what happens to orphans.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

use crate::model::{Address, Item, Node, Order, OrderItem, Tag, User, node, schema, user};

/// Has pages that are deleted with it, and remarks that only the database deletes.
#[derive(Entity, Debug)]
#[entity(table = "books")]
pub struct Book {
    pub id: Auto<i64>,
    #[entity(delete_orphan)]
    pub pages: HasMany<Page>,
    pub remarks: HasMany<Remark>,
}

#[derive(Entity, Debug)]
#[entity(table = "pages")]
pub struct Page {
    pub id: Auto<i64>,
    pub text: String,
    #[entity(on_delete = cascade)]
    pub book: ForeignKey<Book>,
}

#[derive(Entity, Debug)]
#[entity(table = "remarks")]
pub struct Remark {
    pub id: Auto<i64>,
    #[entity(on_delete = database)]
    pub book: ForeignKey<Book>,
}

#[derive(Entity, Debug)]
#[entity(table = "votes")]
pub struct Vote {
    pub id: Auto<i64>,
    #[entity(on_delete = database)]
    pub remark: Option<ForeignKey<Remark>>,
}

/// Owns its settings.
#[derive(Entity, Debug)]
#[entity(table = "members")]
pub struct Member {
    pub id: Auto<i64>,
    #[entity(delete_orphan)]
    pub settings: Option<ForeignKey<Settings>>,
}

#[derive(Entity, Debug)]
#[entity(table = "settings")]
pub struct Settings {
    pub id: Auto<i64>,
    pub extras: HasMany<Extra>,
}

#[derive(Entity, Debug)]
#[entity(table = "extras")]
pub struct Extra {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub settings: ForeignKey<Settings>,
}

/// Keeps its rows when it is deleted, and so do its notes.
#[derive(Entity, Debug)]
#[entity(table = "topics")]
pub struct Topic {
    pub id: Auto<i64>,
    pub notes: HasMany<Note>,
    #[entity(soft_delete)]
    pub deleted: Option<chrono::NaiveDateTime>,
}

#[derive(Entity, Debug)]
#[entity(table = "notes")]
pub struct Note {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub topic: ForeignKey<Topic>,
    #[entity(soft_delete)]
    pub deleted: Option<chrono::NaiveDateTime>,
}

/// Its row is deleted when it is deleted.
#[derive(Entity, Debug)]
#[entity(table = "stamps")]
pub struct Stamp {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub topic: ForeignKey<Topic>,
}

fn books() -> orm_runtime::Schema {
    schema![Book, Page, Remark, Vote]
}

fn ada_with_homes(session: &mut Session) -> (Handle<User>, [Handle<Address>; 2]) {
    let ada = session.add(User::builder().name("ada").build());
    let homes =
        ["a", "b"].map(|email| session.add(Address::builder().email(email).user(ada).build()));
    session.flush().unwrap();
    session.take_log();
    (ada, homes)
}

on_all_databases! {
    fn a04_references_that_may_be_null_are(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, homes) = ada_with_homes(&mut session);
        session.delete(ada).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x2; D users x1");
        assert!(session[homes[0]].user.is_none());
        session.rollback().unwrap();
        assert_eq!(session.state(ada), ObjectState::Transient);
    }

    fn d08_what_is_not_in_memory_is_loaded(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, homes) = ada_with_homes(&mut session);
        let order = session.add(Order::builder().user(ada).build());
        let item = session.add(Item::builder().name("pen").build());
        session.add(OrderItem::builder().order(order).item(item).build());
        let tag = session.add(Tag::builder().name("rust").build());
        session.link(ada, user::tags, tag).unwrap();
        session.commit().unwrap();
        session.clear();
        let ada = session.get_one::<User>(1).unwrap();
        session.take_log();
        session.delete(ada).unwrap();
        session.flush().unwrap();
        assert_sql!(
            session,
            "S addresses; S orders; S user_tag; S order_items; U addresses[user_id] x2; \
             D user_tag x1; D order_items x1; D orders x1; D users x1"
        );
        session.rollback().unwrap();
        assert_eq!(session.state(ada), ObjectState::Persistent);
        assert_eq!(db.rows("orders", "id"), ["1"]);
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert!(db.rows("orders", "id").is_empty());
        assert_eq!(db.rows("addresses", "email, user_id"), ["a|NULL", "b|NULL"]);
        assert_eq!(db.rows("items", "name"), ["pen"]);
        let _ = homes;
    }

    fn a26_a_child_that_has_moved_is_left_alone(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, homes) = ada_with_homes(&mut session);
        let eve = session.add(User::builder().name("eve").build());
        let orders = [ada, eve].map(|user| session.add(Order::builder().user(user).build()));
        session.commit().unwrap();
        session.delete(ada).unwrap();
        for home in homes {
            session[home].user = Some(eve.into());
        }
        session[orders[0]].user = eve.into();
        session.take_log();
        session.commit().unwrap();
        assert_eq!(db.rows("addresses", "user_id"), ["2", "2"]);
        assert_eq!(db.rows("orders", "user_id"), ["2", "2"]);
        assert_eq!(db.rows("users", "name"), ["eve"]);
    }

    fn a_tree_goes_from_the_leaves(db: &TestDb) {
        let mut session = db.session_for(schema());
        let mut last = session.add(Node::builder().name("0").build());
        for n in 1..30 {
            let next = session.add(Node::builder().name(n.to_string()).parent(last).build());
            last = next;
        }
        session.commit().unwrap();
        session.clear();
        let top = session.get_one::<Node>(1).unwrap();
        session.delete(top).unwrap();
        session.commit().unwrap();
        assert!(db.rows("nodes", "id").is_empty());
        let _ = node::children;
    }

    fn new_children_leave_with_their_parent(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, _) = ada_with_homes(&mut session);
        let order = session.add(Order::builder().user(ada).build());
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_eq!(session.state(order), ObjectState::Transient);
        assert!(db.rows("orders", "id").is_empty());
    }

    fn restrict_leaves_it_to_the_database(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, homes) = ada_with_homes(&mut session);
        let order = session.add(Order::builder().user(ada).build());
        let item = session.add(Item::builder().name("pen").build());
        session.add(OrderItem::builder().order(order).item(item).build());
        session.commit().unwrap();
        session.delete(item).unwrap();
        session.delete(ada).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();

        session.delete(item).unwrap();
        let error = session.flush().unwrap_err();
        assert!(error.is_violation(orm_runtime::error::DatabaseErrorKind::ForeignKey), "{error}");
        let _ = homes;
    }

    fn a_failed_flush_takes_back_what_a_deletion_brought(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (ada, homes) = ada_with_homes(&mut session);
        let order = session.add(Order::builder().user(ada).build());
        session.add(User::builder().name("eve").build());
        session.commit().unwrap();
        let fresh = session.add(Order::builder().user(ada).build());
        let bad = session.add(User::builder().name("eve").build());
        session.delete(ada).unwrap();
        assert!(session.flush().is_err());
        assert_eq!(session.state(order), ObjectState::Persistent);
        assert_eq!(session.state(fresh), ObjectState::Pending);
        assert!(session[homes[0]].user.is_some() && !session.is_dirty(homes[0]));
        session[bad].name = "eva".into();
        session.commit().unwrap();
        assert_eq!(session.state(fresh), ObjectState::Transient);
        assert_eq!(db.rows("addresses", "user_id"), ["NULL", "NULL"]);
        assert!(db.rows("orders", "id").is_empty());
    }

    fn what_the_database_deletes_is_gone_in_memory_too(db: &TestDb) {
        let mut session = db.session_for(books());
        let book = session.add(Book::builder().build());
        let remark = session.add(Remark::builder().book(book).build());
        let vote = session.add(Vote::builder().remark(remark).build());
        session.commit().unwrap();
        // Objects that were read in the transaction are known to be deleted; nothing is known about
        // the others.
        session.refresh(&[remark]).unwrap();
        session.refresh(&[vote]).unwrap();
        session.take_log();
        session.delete(book).unwrap();
        session.flush().unwrap();
        let log = orm_tests::trace(&session.take_log());
        assert_eq!(log, "S pages; D books x1");
        for state in [session.state(remark), session.state(vote)] {
            assert_eq!(state, ObjectState::Deleted);
        }
        session.rollback().unwrap();
        for state in [session.state(remark), session.state(vote)] {
            assert_eq!(state, ObjectState::Persistent);
        }
        assert_eq!(session[vote].remark.get(&session).unwrap().unwrap().id, 1);
    }

    fn d01_what_leaves_the_collection_is_deleted(db: &TestDb) {
        let mut session = db.session_for(books());
        let book = session.add(Book::builder().build());
        let other = session.add(Book::builder().build());
        let [kept, moved, gone] = ["kept", "moved", "gone"]
            .map(|text| session.add(Page::builder().text(text).book(book).build()));
        session.commit().unwrap();
        session[moved].book = other.into();
        session[gone].book = ForeignKey::unset();
        // An object that was never in a collection is not an orphan: its missing reference is an
        // error.
        let never = session.add(Page::builder().text("never").build());
        let error = session.flush().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Page", .. }), "{error}");
        session.evict(never).unwrap();
        session.take_log();
        session.flush().unwrap();
        let log = orm_tests::trace(&session.take_log());
        assert!(log.ends_with("U pages[book_id] x1; D pages x1"), "{log}");
        assert_eq!(session.state(gone), ObjectState::Deleted);
        session.rollback().unwrap();
        assert_eq!(session.state(gone), ObjectState::Persistent);
        assert_eq!(session[gone].book.key(), session.key(book).as_ref());
        session.flush().unwrap();
        assert_no_sql!(session);
        let _ = kept;
    }

    fn d06_what_is_owned_goes_with_the_reference(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Settings, Extra]);
        let settings = [(); 3].map(|()| session.add(Settings::builder().build()));
        session.add(Extra::builder().settings(settings[0]).build());
        let members = [0, 1].map(|n| {
            session.add(Member::builder().settings(settings[n]).build())
        });
        session.commit().unwrap();
        session.clear();
        let members = members.map(|_| 0).into_iter().zip([1, 2]);
        let members: Vec<_> =
            members.map(|(_, id)| session.get_one::<Member>(id).unwrap()).collect();
        session.take_log();
        session[members[0]].settings = None;
        session.flush().unwrap();
        assert_sql!(
            session,
            "S settings; S extras; U members[settings_id] x1; D extras x1; D settings x1"
        );
        // It was given to another member, so it has a new owner.
        session[members[0]].settings = Some(2.into());
        session[members[1]].settings = Some(3.into());
        session.flush().unwrap();
        session.delete(members[1]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("settings", "id"), ["2"]);
    }

    fn rows_that_are_kept_are_marked_with_their_parents(db: &TestDb) {
        let mut session = db.session_for(schema![Topic, Note]);
        let topics = [(); 2].map(|()| session.add(Topic::builder().build()));
        for topic in topics {
            session.add(Note::builder().topic(topic).build());
        }
        session.commit().unwrap();
        session.delete(topics[0]).unwrap();
        session.purge(topics[1]).unwrap();
        session.commit().unwrap();
        let rows = |table| db.rows(table, "id, CASE WHEN deleted IS NULL THEN 0 ELSE 1 END");
        assert_eq!(rows("topics"), ["1|1"]);
        assert_eq!(rows("notes"), ["1|1"]);
    }

    fn a_row_that_is_kept_takes_nothing_along_that_is_not(db: &TestDb) {
        let mut session = db.session_for(schema![Topic, Note, Stamp]);
        let topic = session.add(Topic::builder().build());
        session.add(Stamp::builder().topic(topic).build());
        session.commit().unwrap();
        session.delete(topic).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("stamps", "id, topic_id"), ["1|1"], "its topic may come back");

        session.clear();
        let topic = session.query::<Topic>().unscoped_all().one().unwrap();
        session.purge(topic).unwrap();
        session.commit().unwrap();
        assert!(db.rows("stamps", "id").is_empty());
        assert!(db.rows("topics", "id").is_empty());
    }

    fn a15_association_rows_of_both_sides_go(db: &TestDb) {
        let mut session = db.session_for(schema());
        let tags = ["a", "b"].map(|name| session.add(Tag::builder().name(name).build()));
        let users = ["ada", "eve"]
            .map(|name| session.add(User::builder().name(name).tags(tags).build()));
        session.commit().unwrap();
        session.clear();
        let tag = session.get_one::<Tag>("a").unwrap();
        session.take_log();
        session.delete(tag).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S user_tag; D user_tag x2; D tags x1");
        assert_eq!(db.rows("user_tag", "user_id, tag_id"), ["1|b", "2|b"]);
        let _ = users;
    }

    fn a25_children_of_a_switched_row(db: &TestDb) {
        let mut session = db.session_for(schema());
        let old = session.add(User::builder().id(1).name("old").build());
        let orders = [1, 2].map(|placed| {
            session.add(Order::builder().placed(placed).user(old).build())
        });
        session.commit().unwrap();
        session.delete(old).unwrap();
        let new = session.add(User::builder().id(1).name("new").build());
        let by_link = session.add(Order::builder().placed(3).user(new).build());
        let by_key = session.add(Order::builder().placed(4).user(1).build());
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|new"]);
        assert_eq!(db.rows("orders", "placed, user_id"), ["3|1", "4|1"]);
        assert_eq!(session[by_link].user.get(&session).unwrap().name, "new");
        let _ = (orders, by_key);
    }
}

#[test]
fn a_deletion_goes_as_deep_as_it_has_to() {
    TestDb::with(orm_runtime::Dialect::Sqlite, |db| {
        let mut session = db.session_for(schema());
        let top = session.add(Node::builder().name("").build());
        let mut last = top;
        for _ in 1..3_000 {
            last = session.add(Node::builder().name("").parent(last).build());
        }
        session.flush().unwrap();
        session.delete(top).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "U nodes[parent_id] x2991; D nodes x3000");
        assert_eq!(session.state(last), ObjectState::Deleted);
        session.rollback().unwrap();
    });
}
