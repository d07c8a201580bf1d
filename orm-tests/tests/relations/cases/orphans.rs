//! D: cascades and orphans.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, transaction::Lazy};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{self, addresses, id};

#[derive(Entity, Clone, Debug)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    name: String,
    #[entity(on_delete = nullify, delete_orphan)]
    pref: Option<ForeignKey<Pref>>,
    #[entity(delete_orphan, order_by = id)]
    orders: HasMany<Order>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "orders")]
struct Order {
    id: Auto<i64>,
    description: String,
    #[entity(on_delete = cascade)]
    user: ForeignKey<User>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "prefs")]
struct Pref {
    id: Auto<i64>,
    data: String,
    extras: HasMany<Extra>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "extra")]
struct Extra {
    id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pref: ForeignKey<Pref>,
}

fn order(description: &str) -> Order {
    Order::builder().description(description).build()
}

fn pref(data: &str) -> Pref {
    Pref::builder().data(data).build()
}

/// Stores a user with two orders.
fn jack(db: &TestDb) -> (Session, Handle<User>, [Handle<Order>; 2]) {
    let mut session = db.session_for(schema![Pref, Extra, User, Order]);
    let jack = User::builder().name("jack").orders(["o1", "o2"].map(order)).build();
    let jack = session.add(jack);
    session.commit().unwrap();
    session.load(jack, user::orders).unwrap();
    session.take_log();
    let orders = session[jack].orders.handles(&session).unwrap().try_into().unwrap();
    (session, jack, orders)
}

on_all_databases! {
    fn d01_what_leaves_its_owner_is_deleted(db: &TestDb) {
        let (mut session, jack, [o1, o2]) = jack(db);
        session.unlink(jack, user::orders, o1).unwrap();
        assert_eq!(session[jack].orders.handles(&session).unwrap(), [o2]);
        session.flush().unwrap();
        assert_sql!(session, "D orders x1");
        session.commit().unwrap();
        assert_eq!(db.rows("orders", "description"), ["o2"]);
    }

    fn d03_a_new_object_that_leaves_is_never_written(db: &TestDb) {
        let (mut session, jack, [o1, o2]) = jack(db);
        let o3 = session.add(Order::builder().description("o3").user(jack).build());
        assert_eq!(session[jack].orders.handles(&session).unwrap(), [o1, o2, o3]);
        session.unlink(jack, user::orders, o3).unwrap();
        assert_eq!(session[jack].orders.handles(&session).unwrap(), [o1, o2]);
        session.commit().unwrap();
        assert_no_sql!(session);
        assert_eq!(session.state(o3), ObjectState::Transient);
        assert_eq!(db.count("orders"), 2);
    }

    fn d04_an_orphan_that_finds_a_new_owner_stays(db: &TestDb) {
        let (mut session, jack, [o1, _]) = jack(db);
        session.unlink(jack, user::orders, o1).unwrap();
        session.delete(jack).unwrap();
        let ed = session.add(User::builder().name("ed").build());
        session.link(ed, user::orders, o1).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "I users x1; U orders[user_id] x1; D orders x1; D users x1");
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ed"]);
        assert_eq!(db.rows("orders", "description, user_id"), [format!("o1|{}", id(&session, ed))]);
    }

    fn d06_what_a_reference_owns_goes_when_it_is_let_go(db: &TestDb) {
        let (mut session, jack, _) = jack(db);
        let extra = Extra::builder().build();
        let first = session.add(Pref::builder().data("first").extras([extra]).build());
        session[jack].pref = Some(first.into());
        session.flush().unwrap();
        session.take_log();
        session[jack].pref = None;
        session.flush().unwrap();
        assert_sql!(session, "U users[pref_id] x1; D extra x1; D prefs x1");
        session.commit().unwrap();
        assert_eq!((db.count("prefs"), db.count("extra")), (0, 0));
    }

    fn d06_what_a_reference_owns_is_deleted_with_the_one_that_has_it(db: &TestDb) {
        let (mut session, jack, _) = jack(db);
        let first = session.add(pref("first"));
        session[jack].pref = Some(first.into());
        session.commit().unwrap();
        session.delete(jack).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("users"), db.count("prefs")), (0, 0));
    }

    // There p1 leaves the session automatically. Here an object that was added explicitly is like
    // any other, and is written unless it is deleted, because nothing in the database has released
    // it.
    fn d06_a_new_object_that_nobody_owns_any_more(db: &TestDb) {
        let (mut session, jack, _) = jack(db);
        let p1 = session.add(pref("p1"));
        session[jack].pref = Some(p1.into());
        let p2 = session.add(pref("p2"));
        session[jack].pref = Some(p2.into());
        session.delete(p1).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("prefs", "data"), ["p2"]);
        assert_eq!(session.state(p1), ObjectState::Transient);
    }

    // D07, orphans of many-to-many: not supported, because an object at the end of an association
    // may have other owners, and only the database knows them. Objects with one owner are HasMany
    // or HasOne with delete_orphan, which loads nothing and is reliable. An object that only one
    // association holds is deleted by its handle, in the same flush.
    fn d07_the_last_link_and_its_object_go_in_one_flush(db: &TestDb) {
        let mut session = fx::empty(db);
        let a1 = fx::Item::builder().description("a1").keywords([fx::word("b1")]).build();
        let a1 = session.add(a1);
        session.flush().unwrap();
        let b1 = session[a1].keywords.handles(&session).unwrap()[0];
        session.take_log();
        session.unlink(a1, fx::item::keywords, b1).unwrap();
        session.delete(b1).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "D item_keywords x1; D keywords x1");
    }

    fn d08_a_flush_loads_what_it_needs_where_lazy_loads_are_refused(db: &TestDb) {
        let mut session = fx::shop_with(db, SessionOptions { lazy: Lazy::Raise, ..SessionOptions::default() });
        let jack = session.get_one::<fx::User>(8).unwrap();
        session.take_log();
        assert_matches!(
            session.load(jack, fx::user::addresses),
            Err(Error::LazyLoad { field: "addresses", .. })
        );
        assert_no_sql!(session);
        session.delete(jack).unwrap();
        session.flush().unwrap();
        let sent = orm_tests::trace(&session.take_log());
        assert_eq!(sent, "S addresses; S orders; U addresses[user_id] x3; D users x1");
        session.commit().unwrap();
        let free = db.rows("addresses", "id, user_id");
        assert_eq!(free, ["1|7", "2|NULL", "3|NULL", "4|NULL", "5|9"]);
    }

    // There a transient address is shown in the collection but is not in the session. Here only
    // objects of the session can be shown, and a struct that is not added belongs to nobody.
    fn d10_a_struct_that_is_not_added_is_in_no_collection(db: &TestDb) {
        let mut session = fx::shop(db);
        let jack = session.query::<fx::User>().filter(fx::user::id.eq(7)).eager(fx::user::addresses).one();
        let jack = jack.unwrap();
        let a1 = fx::Address::builder().email_address("a1").user(jack).build();
        assert_eq!(addresses(&session, jack), [1]);
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
        session.add(a1);
        assert_eq!(session[jack].addresses.len(&session).unwrap(), 2);
        session.flush().unwrap();
        assert_sql!(session, "I addresses x1");
    }
}
