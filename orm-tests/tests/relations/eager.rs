//! Loading along relationships with a query.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::fixture::{addresses, orders, shop, tags, users};
use crate::model::{Address, Node, Tag, User, address, node, order, order_item, tag, user};

on_all_databases! {
    fn collections_cost_one_statement_each(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses)
            .eager(user::orders)
            .order_by(user::id)
            .all()
            .unwrap();
        assert_sql!(session, "S users; S addresses; S orders");
        assert_eq!(addresses(&session, &found), [vec![1], vec![2, 3, 4], vec![5], vec![]]);
        assert_eq!(orders(&session, &found), [vec![5, 3, 1], vec![], vec![4, 2], vec![]]);
        assert_no_sql!(session);
    }

    fn what_is_loaded_and_current_is_not_loaded_again(db: &TestDb) {
        let mut session = shop(db);
        let load = |session: &mut Session| {
            session.query::<User>().eager(user::addresses).order_by(user::id).all().unwrap()
        };
        let found = load(&mut session);
        session.take_log();
        assert_eq!(load(&mut session), found);
        assert_sql!(session, "S users");
        db.execute("UPDATE addresses SET user_id = 10 WHERE id = 2");
        db.execute("INSERT INTO addresses (id, email, user_id) VALUES (20, 'x', 10)");
        assert_eq!(addresses(&session, &found[3..]), [vec![0; 0]]);
        session.commit().unwrap();
        load(&mut session);
        assert_sql!(session, "S users; S addresses");
        assert_eq!(addresses(&session, &found), [vec![1], vec![3, 4], vec![5], vec![2, 20]]);
    }

    fn rows_overwrite_collections_when_asked_to(db: &TestDb) {
        let mut session = shop(db);
        let [jack, ..] = users(&mut session);
        session.load(jack, user::addresses).unwrap();
        session.commit().unwrap();
        let jack = session.query::<User>().filter(user::id.eq(7)).eager(user::addresses).one().unwrap();
        db.execute("UPDATE addresses SET email = 'new' WHERE id = 1");
        session.commit().unwrap();
        session.query::<User>().all().unwrap();
        session.query::<User>().eager(user::addresses).populate_existing().all().unwrap();
        let email = &session[jack].addresses.get(&session, 0).unwrap().unwrap().email;
        assert_eq!(email, "new");
    }

    fn references_are_loaded_where_they_lead_out_of_memory(db: &TestDb) {
        let mut session = shop(db);
        let found =
            session.query::<Address>().eager(address::user).order_by(address::id).all().unwrap();
        assert_sql!(session, "S addresses; S users");
        let names: Vec<Option<&str>> = found
            .iter()
            .map(|&it| session[it].user.get(&session).unwrap().map(|user| user.name.as_str()))
            .collect();
        let expected =
            [Some("jack"), Some("ed"), Some("ed"), Some("ed"), Some("fred"), None];
        assert_eq!(names, expected);
        session.query::<Address>().eager(address::user).all().unwrap();
        assert_sql!(session, "S addresses");
    }

    fn many_to_many_costs_one_statement(db: &TestDb) {
        let mut session = shop(db);
        let found =
            session.query::<User>().eager(user::tags).order_by(user::id).all().unwrap();
        assert_sql!(session, "S users; S user_tag");
        assert_eq!(tags(&session, &found), [vec!["big", "old"], vec!["new"], vec!["big"], vec![]]);
        // Both sides have the link; the other side is not loaded completely.
        let [big] = session.query::<Tag>().filter(tag::name.eq("big")).all().unwrap()[..]
        else { panic!("one tag") };
        session.take_log();
        assert_matches!(session[big].users.len(&session), Err(Error::NotLoaded { .. }));
        session.load(big, tag::users).unwrap();
        assert_sql!(session, "S user_tag");
        let names: Vec<_> =
            session[big].users.iter(&session).unwrap().map(|user| &*user.name).collect();
        assert_eq!(names, ["jack", "fred"]);
    }

    fn paths_share_what_they_begin_with(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::orders.then(order::items))
            .eager(user::orders.then(order::lines).then(order_item::item))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_sql!(session, "S users; S orders; S order_items; S order_items");
        let last = session[found[0]].orders.handles(&session).unwrap()[0];
        assert_eq!(session[last].items.len(&session).unwrap(), 1);
        assert_eq!(session[last].lines.len(&session).unwrap(), 1);
        let line = session[last].lines.iter(&session).unwrap().next().unwrap();
        assert_eq!(line.item.get(&session).unwrap().name, "item 5");
        assert_no_sql!(session);
    }

    fn a_path_comes_back_to_its_own_table(db: &TestDb) {
        let mut session = shop(db);
        let root = session
            .query::<Node>()
            .filter(node::parent_id.is_null())
            .eager(node::children.then(node::children))
            .one()
            .unwrap();
        assert_sql!(session, "S nodes; S nodes; S nodes");
        let children = session[root].children.handles(&session).unwrap();
        let names: Vec<_> = children.iter().map(|&it| session[it].name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(session[children[1]].children.len(&session).unwrap(), 1);
        session.clear();
        let leaf = session
            .query::<Node>()
            .filter(node::name.eq("leaf"))
            .eager(node::parent.then(node::parent))
            .one()
            .unwrap();
        assert_sql!(session, "S nodes; S nodes; S nodes");
        let parent = session[leaf].parent.handle(&session).unwrap().unwrap();
        assert_eq!(session[parent].parent.get(&session).unwrap().unwrap().name, "root");
    }

    fn a_limit_counts_objects(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses)
            .order_by(user::id)
            .limit(2)
            .offset(1)
            .all()
            .unwrap();
        assert_eq!(addresses(&session, &found), [vec![2, 3, 4], vec![5]]);
        let only = session.query::<User>().eager(user::addresses).order_by(user::id).first();
        assert_eq!(addresses(&session, &[only.unwrap().unwrap()]), [vec![1]]);
    }

    fn a_filter_loads_a_part(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses.filter(address::email.like("%o%.com")).order_by(address::id.desc()))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_sql!(session, "S users; S addresses");
        let ed = found[1];
        let part: Vec<_> =
            session[ed].addresses.part(&session).unwrap().map(|it| &*it.email).collect();
        assert_eq!(part, ["ed@bettyboop.com", "ed@wood.com"]);
        assert_matches!(session[ed].addresses.iter(&session).map(drop), Err(Error::LoadedInPart { .. }));
        session.load(ed, user::addresses).unwrap();
        assert_eq!(addresses(&session, &[ed]), [vec![2, 3, 4]]);
    }

    fn a_limit_of_a_path_is_for_each_owner(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses.order_by(address::email.asc()).limit(2))
            .eager(user::tags.limit(1))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(session.take_log().iter().filter(|it| !it.is_transaction_control()).count(), 3);
        let part = |user: Handle<User>| -> Vec<&str> {
            session[user].addresses.part(&session).unwrap().map(|it| &*it.email).collect()
        };
        assert_eq!(part(found[1]), ["ed@bettyboop.com", "ed@lala.com"]);
        assert_eq!(part(found[0]), ["jack@bean.com"]);
        assert!(part(found[3]).is_empty());
        let tags: Vec<_> = session[found[0]].tags.part(&session).unwrap().map(|it| &*it.name).collect();
        assert_eq!(tags, ["big"]);
    }

    fn an_order_of_the_path_takes_the_place_of_the_relationship(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::orders.order_by(order::id.asc()))
            .eager(user::tags.order_by(tag::name.desc()))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(orders(&session, &found[..1]), [[1, 3, 5]]);
        assert_eq!(tags(&session, &found[..1]), [["old", "big"]]);
    }

    fn edits_that_wait_are_seen_in_what_is_loaded(db: &TestDb) {
        let mut session = shop(db);
        let [jack, ed, ..] = users(&mut session);
        let home = session.get_one::<Address>(1).unwrap();
        session[home].user = Some(ed.into());
        let new = session.add(Address::builder().email("new").user(jack).build());
        session.take_log();
        session.query::<User>().eager(user::addresses).all().unwrap();
        assert_eq!(session[jack].addresses.handles(&session).unwrap(), [new]);
        assert_eq!(addresses(&session, &[ed]), [[1, 2, 3, 4]]);
    }

    fn without_autoflush_edits_are_seen_as_well(db: &TestDb) {
        drop(shop(db));
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let [jack, ed, ..] = users(&mut session);
        let home = session.get_one::<Address>(1).unwrap();
        session[home].user = Some(ed.into());
        let new = session.add(Address::builder().email("new").user(jack).build());
        session.take_log();
        session.query::<User>().eager(user::addresses).all().unwrap();
        assert_sql!(session, "S users; S addresses");
        assert_eq!(session[jack].addresses.handles(&session).unwrap(), [new]);
        assert_eq!(addresses(&session, &[ed]).concat().len(), 4);
    }

    fn a_row_that_came_by_another_query_is_in_its_collection(db: &TestDb) {
        let mut session = shop(db);
        let found = session.query::<User>().eager(user::addresses).order_by(user::id).all().unwrap();
        let insert = "INSERT INTO addresses (id, email, user_id) VALUES (20, 'x', 10)";
        session.execute(diesel::sql_query(insert)).unwrap();
        session.query::<Address>().all().unwrap();
        assert_eq!(addresses(&session, &found[3..]), [[20]]);
    }

    fn what_keeps_no_objects_refuses_to_load_along(db: &TestDb) {
        let mut session = shop(db);
        let refused = session.query::<User>().eager(user::addresses).rows();
        assert_matches!(refused, Err(Error::Configuration(why)) if why.contains("all()"));
        let refused = session.query::<User>().eager(user::addresses).stream();
        assert_matches!(refused.map(drop), Err(Error::Configuration(why)) if why.contains("batches()"));
        assert_no_sql!(session);
    }

    fn many_owners_are_asked_for_in_batches(db: &TestDb) {
        let mut session = shop(db);
        let batch = if db.dialect() == Dialect::Postgres { 50_000 } else { 16_384 };
        let users = (0..batch).map(|n| User::builder().name(format!("u{n}")).build());
        let users: Vec<_> = users.collect();
        session.bulk_insert(users).unwrap();
        session.take_log();
        let found = session.query::<User>().eager(user::addresses).order_by(user::id).all().unwrap();
        assert_sql!(session, "S users; S addresses; S addresses");
        assert_eq!(addresses(&session, &found[..2]), [vec![1], vec![2, 3, 4]]);
    }
}
