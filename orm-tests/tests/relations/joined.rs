//! Eager loading in one statement.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

use crate::fixture::{addresses, orders, shop, tags};
use crate::model::{
    Address, Node, Order, OrderItem, User, address, node, order, order_item, tag, user,
};

/// Returns the statements that were sent, with unquoted names.
fn sent(session: &mut Session) -> Vec<String> {
    let log = session.take_log();
    let statements = log.into_iter().filter(|record| !record.is_transaction_control());
    statements.map(|record| record.sql.replace(['"', '`'], "")).collect()
}

on_all_databases! {
    fn a_reference_is_joined_without_a_detour(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<Address>()
            .eager(address::user.joined())
            .order_by(address::id)
            .limit(2)
            .all()
            .unwrap();
        let sent = sent(&mut session);
        let [sql] = &sent[..] else { panic!("{sent:#?}") };
        assert!(sql.contains("FROM addresses LEFT JOIN users AS orm_j1 ON orm_j1.id = addresses.user_id"), "{sql}");
        assert!(sql.ends_with("LIMIT 2"), "{sql}");
        let names: Vec<_> =
            found.iter().map(|&it| &*session[it].user.get(&session).unwrap().unwrap().name).collect();
        assert_eq!(names, ["jack", "ed"]);
        assert_no_sql!(session);
    }

    fn a_limit_counts_objects_and_not_joined_rows(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses.joined())
            .order_by(user::id.asc())
            .limit(2)
            .offset(1)
            .all()
            .unwrap();
        let sent = sent(&mut session);
        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert!(sent[0].contains("LIMIT 2 OFFSET 1) AS users LEFT JOIN"), "{}", sent[0]);
        assert_eq!(addresses(&session, &found), [vec![2, 3, 4], vec![5]]);
    }

    fn two_lists_at_once_have_nothing_twice(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses.joined())
            .eager(user::orders.joined())
            .eager(user::tags.joined())
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(sent(&mut session).len(), 1);
        assert_eq!(addresses(&session, &found), [vec![1], vec![2, 3, 4], vec![5], vec![]]);
        assert_eq!(orders(&session, &found), [vec![5, 3, 1], vec![], vec![4, 2], vec![]]);
        assert_eq!(tags(&session, &found), [vec!["big", "old"], vec!["new"], vec!["big"], vec![]]);
        assert_no_sql!(session);
    }

    fn joins_follow_separate_statements_and_the_reverse(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::orders.then(order::lines.then(order_item::item.joined())))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(sent(&mut session).len(), 3);
        let order = session[found[0]].orders.handles(&session).unwrap()[2];
        let names: Vec<_> = session[order]
            .lines
            .iter(&session)
            .unwrap()
            .map(|line: &OrderItem| &*line.item.get(&session).unwrap().name)
            .collect();
        assert_eq!(names, ["item 1", "item 2", "item 3"]);
        session.clear();
        let found = session
            .query::<User>()
            .eager(user::orders.joined().then(order::items))
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(sent(&mut session).len(), 2);
        let order = session[found[0]].orders.handles(&session).unwrap()[0];
        assert_eq!(session[order].items.len(&session).unwrap(), 1);
        // The orders are in memory and their lines are not, so there is no statement to add the
        // join to.
        session.clear();
        session.query::<User>().eager(user::orders).all().unwrap();
        let found = session.query::<User>().eager(user::orders.then(order::lines.joined())).order_by(user::id).all();
        let order = session[found.unwrap()[0]].orders.handles(&session).unwrap()[0];
        assert_eq!(session[order].lines.len(&session).unwrap(), 1);
    }

    fn a_table_is_joined_to_itself(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<Node>()
            .eager(node::children.joined().then(node::children.joined()))
            .eager(node::parent.joined())
            .order_by(node::id)
            .all()
            .unwrap();
        assert_eq!(sent(&mut session).len(), 1);
        let children = |node: Handle<Node>| -> Vec<&str> {
            session[node].children.iter(&session).unwrap().map(|it| &*it.name).collect()
        };
        assert_eq!(children(found[0]), ["a", "b"]);
        assert_eq!(children(found[1]), ["leaf"]);
        assert!(children(found[3]).is_empty());
        assert_eq!(session[found[3]].parent.get(&session).unwrap().unwrap().name, "b");
    }

    fn a_filter_joins_a_part(db: &TestDb) {
        let mut session = shop(db);
        let found = session
            .query::<User>()
            .eager(user::addresses.filter(address::email.like("%l%")).order_by(address::email.desc()).joined())
            .eager(user::tags.filter(tag::name.ne("big")).joined())
            .order_by(user::id)
            .all()
            .unwrap();
        assert_eq!(sent(&mut session).len(), 1);
        let part = |user: Handle<User>| -> Vec<&str> {
            session[user].addresses.part(&session).unwrap().map(|it| &*it.email).collect()
        };
        assert_eq!(part(found[1]), ["ed@lala.com"]);
        assert!(part(found[0]).is_empty());
        assert_matches!(session[found[0]].addresses.iter(&session).map(drop), Err(Error::LoadedInPart { .. }));
        let tags: Vec<_> = session[found[0]].tags.part(&session).unwrap().map(|it| &*it.name).collect();
        assert_eq!(tags, ["old"]);
    }

    fn a_limit_for_each_owner_is_not_joined(db: &TestDb) {
        let mut session = shop(db);
        let refused = session.query::<User>().eager(user::addresses.limit(1).joined()).all().unwrap_err();
        assert_matches!(&refused, Error::Configuration(why) if why.contains("leave out joined()"));
        let below = user::orders.limit(1).then(order::lines.joined());
        let refused = session.query::<User>().eager(below).all().unwrap_err();
        assert_matches!(&refused, Error::Configuration(why) if why.contains("leave out joined()"));
        let locked = session.query::<User>().eager(user::addresses.joined()).lock(orm_runtime::query::Lock::Update);
        assert_matches!(locked.all(), Err(Error::Configuration(_)));
    }

    fn objects_in_memory_keep_their_edits(db: &TestDb) {
        let mut session = shop(db);
        let order = session.get_one::<Order>(1).unwrap();
        session[order].placed = 77;
        let found = session.query::<User>().eager(user::orders.joined()).order_by(user::id).all().unwrap();
        assert_eq!(session[order].placed, 77);
        assert_eq!(orders(&session, &found[..1]), [[1, 5, 3]]);
        assert_eq!(session.query::<User>().eager(user::orders.joined()).filter(user::id.eq(7)).one().unwrap(), found[0]);
    }

    fn batches_are_complete_and_leave_nothing(db: &TestDb) {
        let mut session = shop(db);
        let jack = session.query::<User>().filter(user::id.eq(7)).one().unwrap();
        session.take_log();
        let mut seen = Vec::new();
        let query = session.query::<User>().eager(user::addresses).eager(user::tags.joined());
        query
            .batches(3, |session, users| {
                seen.extend(addresses(session, users));
                tags(session, users);
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [vec![1], vec![2, 3, 4], vec![5], vec![]]);
        assert_eq!(sent(&mut session).len(), 6);
        assert!(session.try_get(jack).is_some());
        assert!(!session[jack].addresses.is_loaded(&session));
        // None of them is in memory.
        session.get_one::<Address>(1).unwrap();
        session.get_one::<Address>(5).unwrap();
        session.get_one::<User>(8).unwrap();
        assert_eq!(sent(&mut session).len(), 3);
    }
}
