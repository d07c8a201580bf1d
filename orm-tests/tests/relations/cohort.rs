//! Lazy loading: for one object, for all that were loaded together with it, or for none.

use orm_runtime::prelude::*;
use orm_runtime::transaction::Lazy;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::fixture::{addresses, shop, tags, users};
use crate::model::{Address, Order, User, address, order, order_item, user};

fn lazy(db: &TestDb, lazy: Lazy) -> Session {
    drop(shop(db));
    let options = SessionOptions { lazy, ..SessionOptions::default() };
    db.session_with(options)
}

#[test]
fn lazy_loads_are_for_the_cohort_by_default() {
    assert_eq!(SessionOptions::default().lazy, Lazy::Cohort);
}

on_all_databases! {
    fn one_load_serves_all_that_were_loaded_together(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        for user in found {
            session.load(user, user::addresses).unwrap();
        }
        assert_sql!(session, "S addresses");
        assert_eq!(addresses(&session, &found), [vec![1], vec![2, 3, 4], vec![5], vec![]]);
        for user in found {
            session.load(user, user::tags).unwrap();
        }
        assert_sql!(session, "S user_tag");
        assert_eq!(tags(&session, &found[..2]), [vec!["big", "old"], vec!["new"]]);
    }

    fn a_loop_over_references_costs_one_statement(db: &TestDb) {
        let mut session = shop(db);
        let found = session.query::<Address>().order_by(address::id).all().unwrap();
        session.take_log();
        for &address in &found {
            session.load(address, address::user).unwrap();
        }
        assert_sql!(session, "S users");
        let known = found.iter().filter(|&&it| session[it].user.get(&session).unwrap().is_some());
        assert_eq!(known.count(), 5);
    }

    fn a_loop_over_paths_costs_one_statement_for_each_relationship(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        for user in found {
            session.load(user, user::orders.then(order::lines).then(order_item::item)).unwrap();
        }
        assert_sql!(session, "S orders; S order_items; S items");
        // Objects that the first relationship has already loaded do not make the next one load one
        // by one.
        session.clear();
        let found = session.query::<User>().eager(user::orders).all().unwrap();
        session.take_log();
        for user in found {
            session.load(user, user::orders.then(order::lines)).unwrap();
        }
        assert_sql!(session, "S order_items");
    }

    fn load_all_loads_for_the_objects_at_hand(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        session.load_all(&found[..2], user::addresses).unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(addresses(&session, &found[..2]), [vec![1], vec![2, 3, 4]]);
        assert!(!session[found[2]].addresses.is_loaded(&session));
        session.load_all(&found[..2], user::addresses).unwrap();
        assert_no_sql!(session);
    }

    fn a_session_may_load_for_one_alone(db: &TestDb) {
        let mut session = lazy(db, Lazy::One);
        let found = users(&mut session);
        session.load(found[0], user::addresses).unwrap();
        assert!(!session[found[1]].addresses.is_loaded(&session));
        session.load(found[1], user::addresses).unwrap();
        assert_sql!(session, "S addresses; S addresses");
    }

    fn a_session_may_refuse_lazy_loads(db: &TestDb) {
        let mut session = lazy(db, Lazy::Raise);
        let found = users(&mut session);
        let refused = session.load(found[0], user::addresses).unwrap_err();
        assert_matches!(refused, Error::LazyLoad { entity: "User", field: "addresses", .. });
        assert!(refused.to_string().contains(".eager(user::addresses)"), "{refused}");
        assert_no_sql!(session);
        session.load_all(&found, user::addresses).unwrap();
        session.load(found[0], user::addresses).unwrap();
        let home = session[found[0]].addresses.handles(&session).unwrap()[0];
        // The user is in memory.
        session.load(home, address::user).unwrap();
        assert_sql!(session, "S addresses");
    }

    fn what_is_loaded_by_the_way_belongs_together(db: &TestDb) {
        let mut session = shop(db);
        let found = session.query::<User>().eager(user::orders).order_by(user::id).all().unwrap();
        session.take_log();
        let first = session[found[0]].orders.handles(&session).unwrap()[0];
        session.load(first, order::items).unwrap();
        assert_sql!(session, "S order_items");
        let other = session[found[2]].orders.handles(&session).unwrap()[0];
        assert!(session[other].items.is_loaded(&session));
    }

    fn pending_changes_are_flushed_before_a_load(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        let order = session.add(Order::builder().user(found[1]).build());
        session.load(found[1], user::orders).unwrap();
        assert_sql!(session, "I orders x1; S orders");
        assert_eq!(session[found[1]].orders.handles(&session).unwrap(), [order]);
        // A reference of a new object, whose target is not in memory.
        session.clear();
        let home = session.add(Address::builder().email("x").user(8).build());
        session.load(home, address::user).unwrap();
        assert_sql!(session, "I addresses x1; S users");
        assert_eq!(session[home].user.get(&session).unwrap().unwrap().name, "ed");
    }

    fn a_new_object_has_its_collections(db: &TestDb) {
        let mut session = shop(db);
        let new = session.add(User::builder().name("new").build());
        session.flush().unwrap();
        session.take_log();
        session.load(new, user::addresses).unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        session.load(new, user::addresses).unwrap();
        assert_sql!(session, "S addresses");
    }

    fn a_handle_that_leads_nowhere_is_an_error(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        session.evict(found[0]).unwrap();
        assert_matches!(session.load(found[0], user::addresses), Err(Error::InvalidHandle { .. }));
        assert_matches!(session.load_all(&found, user::addresses), Err(Error::InvalidHandle { .. }));
        assert_no_sql!(session);
    }

    fn a_part_is_loaded_for_one_alone(db: &TestDb) {
        let mut session = shop(db);
        let found = users(&mut session);
        session.load(found[1], user::addresses.limit(1)).unwrap();
        assert_eq!(session[found[1]].addresses.part(&session).unwrap().count(), 1);
        assert_matches!(session[found[0]].addresses.part(&session).map(drop), Err(Error::NotLoaded { .. }));
    }

    fn many_objects_in_a_loop_cost_as_many_statements_as_batches(db: &TestDb) {
        let mut session = shop(db);
        let batch = if db.dialect() == Dialect::Postgres { 50_000 } else { 16_384 };
        let users: Vec<_> = (0..batch).map(|n| User::builder().name(format!("u{n}")).build()).collect();
        session.bulk_insert(users).unwrap();
        let found = session.query::<User>().order_by(user::id).all().unwrap();
        session.take_log();
        for &user in found.iter().take(1_000) {
            session.load(user, user::addresses).unwrap();
        }
        assert_sql!(session, "S addresses; S addresses");
        // The batches of one load are one cohort.
        let home = session[found[0]].addresses.handles(&session).unwrap()[0];
        session.load(home, address::user).unwrap();
        assert_no_sql!(session);
    }
}
