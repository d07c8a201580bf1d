//! The order of tables and rows in a flush, and the keys that references get on the way.

use orm_runtime::prelude::*;
use orm_runtime::{Dialect, ObjectState};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::model::{Address, Item, Node, Order, OrderItem, Tag, User, schema};

/// Has a favourite ball, which belongs to a person: tables in a circle.
#[derive(Entity, Debug)]
#[entity(table = "persons")]
pub struct Person {
    pub id: Auto<i64>,
    pub name: String,
    pub favorite: Option<ForeignKey<Ball>>,
    pub second: Option<ForeignKey<Ball>>,
    #[entity(version)]
    pub version: i32,
}

#[derive(Entity, Debug)]
#[entity(table = "balls")]
pub struct Ball {
    pub id: Auto<i64>,
    pub person: ForeignKey<Person>,
}

/// Each requires the other.
#[derive(Entity, Debug)]
#[entity(table = "lefts")]
pub struct Left {
    pub id: Auto<i64>,
    pub right: ForeignKey<Right>,
}

#[derive(Entity, Debug)]
#[entity(table = "rights")]
pub struct Right {
    pub id: Auto<i64>,
    pub left: ForeignKey<Left>,
}

/// A tree with given keys.
#[derive(Entity, Debug)]
#[entity(table = "places")]
pub struct Place {
    #[entity(primary_key)]
    pub id: i64,
    pub inside: Option<ForeignKey<Place>>,
}

fn node(name: &str, parent: Option<Handle<Node>>) -> Node {
    let node = Node::builder().name(name);
    match parent {
        Some(parent) => node.parent(parent).build(),
        None => node.build(),
    }
}

fn user(name: &str) -> User {
    User::builder().name(name).build()
}

fn address(email: &str, user: Handle<User>) -> Address {
    Address::builder().email(email).user(user).build()
}

on_all_databases! {
    fn a01_a03_parents_before_children_and_the_reverse(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        // The table of the children is used first.
        let early = session.add(Address::builder().email("nobody").build());
        let ada = session.add(user("ada"));
        let homes = ["a1", "a2"].map(|email| session.add(address(email, ada)));
        session[early].user = Some(ada.into());
        session.flush().unwrap();
        assert_sql!(session, "I users x1; I addresses x3");
        let key = session[ada].id.get().unwrap();
        assert_eq!(session[homes[0]].user.as_ref().unwrap().key(), Some(&key));
        assert_eq!(db_rows(&mut session), ["nobody|1", "a1|1", "a2|1"]);

        session.delete(ada).unwrap();
        for home in [early, homes[0], homes[1]] {
            session.delete(home).unwrap();
        }
        session.flush().unwrap();
        assert_sql!(session, "D addresses x3; D users x1");
    }

    fn a06_keys_that_are_not_linked_order_the_tables_too(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let home = session.add(Address::builder().id(1).email("a").user(1).build());
        let ada = session.add(User::builder().id(1).name("ada").build());
        session.flush().unwrap();
        session.delete(ada).unwrap();
        session.delete(home).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "I users x1; I addresses x1; D addresses x1; D users x1");
    }

    fn a07_both_sides_before_the_association(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let order = session.add(Order::builder().user(ForeignKey::unset()).build());
        let item = session.add(Item::builder().name("pen").build());
        session.add(OrderItem::builder().order(order).item(item).build());
        let ada = session.add(user("ada"));
        session[order].user = ada.into();
        session.commit().unwrap();
        assert_sql!(session, "I users x1; I orders x1; I items x1; I order_items x1");
        assert_eq!(db.rows("order_items", "order_id, item_id"), ["1|1"]);
    }

    fn a10_a_tree_goes_level_by_level(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let top = session.add(node("n1", None));
        let left = session.add(node("n11", Some(top)));
        let middle = session.add(node("n12", Some(top)));
        for name in ["n121", "n122", "n123"] {
            session.add(node(name, Some(middle)));
        }
        session.add(node("n13", Some(top)));
        let log = session.pending_sql().unwrap().len();
        assert_eq!(log, 3);
        session.commit().unwrap();
        assert_sql!(session, "I nodes x7");
        assert_eq!(
            db.rows("nodes", "id, name, parent_id"),
            ["1|n1|NULL", "2|n11|1", "3|n12|1", "4|n13|1", "5|n121|3", "6|n122|3", "7|n123|3"]
        );
        assert_eq!(session[left].parent.as_ref().unwrap().key(), Some(&1));
    }

    fn a14_given_keys_need_no_levels(db: &TestDb) {
        let mut session = db.session_for(schema![Place]);
        session.take_log();
        for (id, inside) in [(3, Some(2)), (1, None), (2, Some(1))] {
            session.add(Place { id, inside: inside.map(ForeignKey::to_key) });
        }
        session.commit().unwrap();
        let log: Vec<_> = session.take_log();
        let inserts = log.iter().filter(|record| record.sql.starts_with("INSERT")).count();
        assert_eq!(inserts, 1, "{log:#?}");
        assert_eq!(db.rows("places", "id, inside_id"), ["1|NULL", "2|1", "3|2"]);
    }

    fn deep_trees_and_circles_are_connected_by_one_update(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let mut last = session.add(node("0", None));
        for n in 1..30 {
            last = session.add(node(&n.to_string(), Some(last)));
        }
        session.commit().unwrap();
        assert_sql!(session, "I nodes x9; I nodes x21; U nodes[parent_id] x21");
        let rows = db.rows("nodes", "id, parent_id");
        assert_eq!((rows[0].as_str(), rows[29].as_str()), ("1|NULL", "30|29"));

        let one = session.add(node("one", None));
        let two = session.add(node("two", Some(one)));
        session[one].parent = Some(two.into());
        session.commit().unwrap();
        assert_eq!(db.rows("nodes WHERE id > 30", "id, parent_id"), ["31|32", "32|31"]);
        session.take_log();
        session.delete(one).unwrap();
        session.delete(two).unwrap();
        session.flush().unwrap();
        let log = orm_tests::trace(&session.take_log());
        assert!(log.ends_with("U nodes[parent_id] x2; D nodes x2"), "{log}");
    }

    fn a_row_that_refers_to_itself_is_let_go_before_it_is_deleted(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [one, other] = ["a", "b"].map(|name| session.add(Node::builder().name(name).build()));
        session[one].parent = one.into();
        session[other].parent = one.into();
        session.commit().unwrap();
        session.delete(one).unwrap();
        session.delete(other).unwrap();
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "S nodes; U nodes[parent_id] x1; D nodes x2");
        assert_eq!(db.count("nodes"), 0);
    }

    fn a19_tables_in_a_circle_are_connected_by_one_update_a_row(db: &TestDb) {
        let mut session = db.session_for(schema![Person, Ball]);
        session.take_log();
        let ada = session.add(Person::builder().name("ada").build());
        let ball = session.add(Ball::builder().person(ada).build());
        let other = session.add(Ball::builder().person(ada).build());
        session[ada].favorite = Some(ball.into());
        session[ada].second = Some(other.into());
        session.flush().unwrap();
        assert_sql!(session, "I persons x1; I balls x2; U persons[favorite_id,second_id] x1");
        session[ada].name = "eve".into();
        session.commit().unwrap();
        assert_sql!(session, "U persons[name,version] x1");
        assert_eq!(db.rows("persons", "favorite_id, second_id"), ["1|2"]);

        for ball in [ball, other] {
            session.delete(ball).unwrap();
        }
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "U persons[favorite_id,second_id] x1; D balls x2; D persons x1");
        assert!(db.rows("persons", "id").is_empty());
    }

    fn tables_in_a_circle_whose_rows_are_not(db: &TestDb) {
        let mut session = db.session_for(schema![Person, Ball]);
        session.take_log();
        let ada = session.add(Person::builder().name("ada").build());
        let ball = session.add(Ball::builder().person(ada).build());
        let eve = session.add(Person::builder().name("eve").favorite(ball).build());
        session.commit().unwrap();
        assert_sql!(session, "I persons x1; I balls x1; I persons x1");
        session.delete(ada).unwrap();
        session.delete(ball).unwrap();
        session.delete(eve).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "D persons x1; D balls x1; D persons x1");
    }

    fn a18_a_circle_of_needed_references_is_refused(db: &TestDb) {
        let mut session = db.session();
        session.take_log();
        let left = session.add(Left::builder().build());
        let right = session.add(Right::builder().left(left).build());
        session[left].right = right.into();
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::CyclicReferences { references } if references.len() == 2);
        let text = error.to_string();
        assert!(text.contains("Left.right references Right"), "{text}");
        assert!(text.contains("Right.left references Left"), "{text}");
        assert_no_sql!(session);
    }

    fn a_reference_that_leads_nowhere_stops_the_flush(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let ada = session.add(user("ada"));
        let order = session.add(Order::builder().build());
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Reference { entity: "Order", field: "user", .. });
        assert!(error.to_string().contains("points to no row"), "{error}");
        assert_no_sql!(session);
        session[order].user = ada.into();
        session.commit().unwrap();

        let gone = session.add(user("gone"));
        session.rollback().unwrap();
        session[order].user = gone.into();
        let error = session.flush().unwrap_err();
        assert_matches!(
            &error,
            Error::Reference { entity: "Order", key: Some(key), target: "User", .. } if key == "1"
        );
        session.evict(gone).unwrap();
        let error = session.flush().unwrap_err();
        assert!(error.to_string().contains("left this session"), "{error}");
        session[order].user = ada.into();
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
    }

    fn the_same_target_in_another_way_is_not_a_change(db: &TestDb) {
        let mut session = db.session_for(schema());
        let ada = session.add(user("ada"));
        let home = session.add(address("a", ada));
        session.commit().unwrap();
        session.clear();
        let home = session.get_one::<Address>(session_key(&session, home)).unwrap();
        let ada = session.get_one::<User>(1).unwrap();
        session.take_log();
        session[home].user = Some(ada.into());
        assert!(!session.is_dirty(home));
        assert!(session.changes(home).unwrap().is_empty());
        assert!(session.pending_sql().unwrap().is_empty());
        session.flush().unwrap();
        assert_no_sql!(session);
        assert_eq!(session[home].user.as_ref().unwrap().key(), Some(&1));
    }

    fn a_failed_flush_takes_the_keys_back(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(user("taken"));
        session.commit().unwrap();
        let top = session.add(node("top", None));
        let below = session.add(node("below", Some(top)));
        let free = session.add(user("free"));
        let homes = ["a", "b"].map(|email| session.add(address(email, free)));
        let bad = session.add(user("taken"));
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Constraint(violation) if violation.handle() == Some(bad));
        assert_eq!(session.key(free), None);
        assert_eq!((session.key(top), session.key(below)), (None, None));
        for home in homes {
            let reference = session[home].user.as_ref().unwrap();
            assert_eq!((reference.key(), reference.is_set()), (None, true));
        }
        session[bad].name = "other".into();
        session.commit().unwrap();
        let [first, _] = homes.map(|home| *session[home].user.as_ref().unwrap().key().unwrap());
        assert_eq!(Some(first), session.key(free));
        assert_eq!(session[below].parent.as_ref().unwrap().key(), session.key(top).as_ref());
    }

    fn a_rollback_takes_the_keys_back(db: &TestDb) {
        let mut session = db.session_for(schema());
        let old = session.add(user("old"));
        let kept = session.add(address("kept", old));
        session.commit().unwrap();
        let ada = session.add(user("ada"));
        let home = session.add(address("a", ada));
        session[kept].user = Some(ada.into());
        session.flush().unwrap();
        assert!(session[home].user.as_ref().unwrap().key().is_some());
        session.refresh(&[home]).unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(home), ObjectState::Transient);
        assert_eq!(session[home].user.as_ref().unwrap().key(), None);
        assert_eq!(session[kept].user.as_ref().unwrap().key(), session.key(old).as_ref());
        session.add_again(ada).unwrap();
        session.add_again(home).unwrap();
        session.commit().unwrap();
        assert_eq!(session[home].user.as_ref().unwrap().key(), session.key(ada).as_ref());
        let lines = db.rows("addresses JOIN users ON users.id = user_id", "email, name");
        assert_eq!(lines, ["a|ada", "kept|old"]);
    }

    fn association_rows_unlinked_and_linked_again_cost_nothing(db: &TestDb) {
        let mut session = db.session_for(schema());
        let tag = session.add(Tag::builder().name("rust").build());
        let ada = session.add(User::builder().name("ada").tags([tag]).build());
        session.commit().unwrap();
        session.unlink(ada, crate::model::user::tags, tag).unwrap();
        session.link(ada, crate::model::user::tags, tag).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(db.rows("user_tag", "user_id, tag_id"), ["1|rust"]);
    }
}

fn session_key<T: Entity>(_: &Session, _: Handle<T>) -> i64 {
    1
}

fn db_rows(session: &mut Session) -> Vec<String> {
    let homes = session.query::<Address>().all().unwrap();
    let text = |home: &Handle<Address>| {
        let home = &session[*home];
        format!("{}|{}", home.email, home.user.as_ref().unwrap().key().unwrap())
    };
    let rows = homes.iter().map(text).collect();
    session.take_log();
    rows
}

/// Runs work on a small stack: a deep graph does not cause deep recursion.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn chains_and_circles_of_any_length() {
    on_a_small_stack(|| {
        TestDb::with(Dialect::Sqlite, |db| {
            let rows = 1_000_000;
            let mut session = db.session_for(schema());
            let mut last = session.add(node("", None));
            for _ in 1..rows {
                last = session.add(node("", Some(last)));
            }
            session.take_log();
            session.flush().unwrap();
            let statements = session.take_log().len();
            assert!(statements < 3 * rows / 500 + 50, "{statements}");
            assert_eq!(session[last].parent.as_ref().unwrap().key(), Some(&(rows as i64 - 1)));
            session.rollback().unwrap();
            assert_eq!(session[last].parent.as_ref().unwrap().key(), None);

            session.clear();
            let circle: Vec<_> = (0..10_000).map(|_| session.add(node("", None))).collect();
            for (n, &node) in circle.iter().enumerate() {
                session[node].parent = Some(circle[(n + 1) % circle.len()].into());
            }
            session.commit().unwrap();
            assert_eq!(db.rows("nodes WHERE parent_id IS NOT NULL", "count(*)"), ["10000"]);
        });
    });
}
