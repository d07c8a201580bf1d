//! Collections as queries, columns of related objects, and joins.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::fixture::{shop, users};
use crate::model::{Address, Node, Order, Tag, User, address, node, order, tag, user};

on_all_databases! {
    fn a_collection_is_a_query(db: &TestDb) {
        let mut session = shop(db);
        let [jack, ed, ..] = users(&mut session);
        assert_eq!(session.related(ed, user::addresses).unwrap().count().unwrap(), 3);
        assert_sql!(session, "S addresses");
        // The session has loaded none of them.
        session.get_one::<Address>(2).unwrap();
        assert_sql!(session, "S addresses");
        let here = session
            .related(ed, user::addresses)
            .unwrap()
            .filter(address::email.like("%lala%"))
            .all()
            .unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(session[here[0]].email, "ed@lala.com");
        assert!(!session[ed].addresses.is_loaded(&session));
        let tags = session.related(jack, user::tags).unwrap().order_by(tag::name).all().unwrap();
        assert_sql!(session, "S tags");
        let names: Vec<_> = tags.iter().map(|&it| session[it].name.as_str()).collect();
        assert_eq!(names, ["big", "old"]);
        let deleted = session.related(ed, user::addresses).unwrap().delete().unwrap();
        assert_eq!(deleted, 3);
        assert_eq!(session.related(ed, user::addresses).unwrap().count().unwrap(), 0);
        assert_eq!(session.query::<Address>().count().unwrap(), 3);
    }

    fn a_reference_is_a_query(db: &TestDb) {
        let mut session = shop(db);
        let found = session.query::<Address>().order_by(address::id).all().unwrap();
        let owner = session.related(found[1], address::user).unwrap().one().unwrap();
        assert_eq!(session[owner].name, "ed");
        assert_eq!(session.related(found[5], address::user).unwrap().all().unwrap(), []);
    }

    fn a_new_object_is_flushed_before_it_is_asked(db: &TestDb) {
        let mut session = shop(db);
        let new = session.add(User::builder().name("new").build());
        session.add(Address::builder().email("x").user(new).build());
        assert_eq!(session.related(new, user::addresses).unwrap().count().unwrap(), 1);
        assert_sql!(session, "I users x1; I addresses x1; S addresses");
        session.rollback().unwrap();
        session.take_log();
        let refused = session.related(new, user::addresses).map(drop).unwrap_err();
        assert_matches!(refused, Error::InvalidState { entity: "User", .. });
        assert!(refused.to_string().contains("add it and flush the session first"), "{refused}");
        assert_no_sql!(session);
    }

    fn a_related_column_filters_orders_and_is_selected(db: &TestDb) {
        let mut session = shop(db);
        let name = || address::user.column(user::name);
        let rows: Vec<(i64, Option<String>)> = session
            .query::<Address>()
            .filter(name().ne("fred"))
            .order_by((name().desc(), address::id.asc()))
            .select((address::id, name()))
            .load()
            .unwrap();
        assert_sql!(session, "S users");
        let text = |name: &str| Some(name.to_owned());
        let expected = [(1, text("jack")), (2, text("ed")), (3, text("ed")), (4, text("ed"))];
        assert_eq!(rows, expected);
        let nobodys = session.query::<Address>().filter(name().is_null()).one().unwrap();
        assert_eq!(session[nobodys].email, "nobody@nowhere.com");
    }

    fn a_related_column_is_found_along_references(db: &TestDb) {
        let mut session = shop(db);
        let grandparent = node::parent.then(node::parent).column(node::name);
        let leaf = session.query::<Node>().filter(grandparent.eq("root")).one().unwrap();
        assert_eq!(session[leaf].name, "leaf");
        let wrong = session.query::<Node>().filter(node::children.then(node::parent).column(node::name).eq("a"));
        assert!(wrong.all().unwrap_err().to_string().contains("column_goes_along_references_only"));
    }

    fn objects_are_counted_in_the_database(db: &TestDb) {
        let mut session = shop(db);
        let rows: Vec<(String, i64, i64)> = session
            .query::<User>()
            .order_by((user::addresses.count().desc(), user::id.asc()))
            .select((user::name, user::addresses.count(), user::tags.count()))
            .load()
            .unwrap();
        let rows: Vec<_> = rows.iter().map(|(name, a, b)| (name.as_str(), *a, *b)).collect();
        assert_eq!(rows, [("ed", 3, 1), ("jack", 1, 2), ("fred", 1, 1), ("chuck", 0, 0)]);
        let lines = user::orders.then(order::lines).count();
        let most = session.query::<User>().filter(lines.gt(5)).one().unwrap();
        assert_eq!(session[most].name, "jack");
        let here = user::addresses.filter(address::email.like("%boop%")).count();
        let found = session.query::<User>().filter(here.eq(1)).one().unwrap();
        assert_eq!(session[found].name, "ed");
        let two = session.query::<Node>().filter(node::children.count().eq(2)).one().unwrap();
        assert_eq!(session[two].name, "root");
    }

    fn a_join_gives_pairs(db: &TestDb) {
        let mut session = shop(db);
        let pairs = session
            .query::<Address>()
            .filter(address::id.ne(3))
            .order_by(address::id)
            .limit(3)
            .join(address::user)
            .all()
            .unwrap();
        assert_sql!(session, "S addresses");
        let names: Vec<_> = pairs
            .iter()
            .map(|&(it, user)| (session[it].id.get().unwrap(), session[user].name.as_str()))
            .collect();
        assert_eq!(names, [(1, "jack"), (2, "ed"), (4, "ed")]);
        assert_eq!(session[pairs[0].0].user.handle(&session).unwrap(), Some(pairs[0].1));
        let pairs = session
            .query::<User>()
            .order_by(user::id)
            .left_join(user::orders.filter(order::placed.gt(3)))
            .all()
            .unwrap();
        let placed: Vec<_> =
            pairs.iter().map(|&(_, order)| order.map(|order: Handle<Order>| session[order].placed)).collect();
        assert_eq!(placed, [Some(5), None, Some(4), None]);
        // The rows of a join are never treated as a complete collection.
        assert!(!session[pairs[0].0].orders.is_loaded(&session));
        let pairs = session.query::<Tag>().order_by(tag::name).join(tag::users).all().unwrap();
        let names: Vec<_> = pairs.iter().map(|&(_, user)| session[user].name.as_str()).collect();
        assert_eq!(names, ["jack", "fred", "ed", "jack"]);
        let pairs = session.query::<Node>().order_by(node::id).join(node::parent.then(node::parent)).all();
        let names: Vec<_> = pairs.unwrap().iter().map(|&(a, b)| [&*session[a].name, &*session[b].name].concat()).collect();
        assert_eq!(names, ["leafroot"]);
    }
}
