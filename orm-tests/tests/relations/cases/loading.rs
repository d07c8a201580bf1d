//! F: loading along relationships, and its cost.

use orm_runtime::prelude::*;
use orm_runtime::transaction::Lazy;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{
    self, Address, Item, Order, User, address, addresses, id, ids, item, keywords, order, orders,
    user,
};

#[derive(Entity, Clone, Debug)]
#[entity(table = "a")]
struct Many {
    id: Auto<i64>,
    #[entity(order_by = id)]
    bs: HasMany<One>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "b")]
struct One {
    id: Auto<i64>,
    #[entity(on_delete = nullify)]
    many: Option<ForeignKey<Many>>,
}

/// Stores a hundred users with five addresses each.
fn hundred(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Many, One]);
    for _ in 0..100 {
        session.add(Many::builder().bs((0..5).map(|_| One::builder().build())).build());
    }
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn lazy(db: &TestDb, lazy: Lazy) -> Session {
    fx::shop_with(db, SessionOptions { lazy, ..SessionOptions::default() })
}

fn lists(session: &Session, users: &[Handle<User>]) -> Vec<Vec<i64>> {
    users.iter().map(|&user| addresses(session, user)).collect()
}

on_all_databases! {
    // There a lazy load is one statement for each object. Here `Lazy::One` does the same; by
    // default a load covers all objects that were loaded together, so N+1 does not happen.
    fn f01_one_by_one_together_and_joined(db: &TestDb) {
        let expected = [vec![1], vec![2, 3, 4], vec![5], vec![]];
        let mut session = lazy(db, Lazy::One);
        let users = session.query::<User>().order_by(user::id).all().unwrap();
        for &one in &users {
            session.load(one, user::addresses).unwrap();
        }
        assert_sql!(session, "S users; S addresses; S addresses; S addresses; S addresses");
        assert_eq!(lists(&session, &users), expected);

        let mut session = db.session();
        let users = session.query::<User>().order_by(user::id).all().unwrap();
        for &one in &users {
            session.load(one, user::addresses).unwrap();
        }
        assert_sql!(session, "S users; S addresses");
        assert_eq!(lists(&session, &users), expected);

        let mut session = db.session();
        let users = session.query::<User>().order_by(user::id).eager(user::addresses).all().unwrap();
        assert_sql!(session, "S users; S addresses");
        assert_eq!(lists(&session, &users), expected);

        let mut session = db.session();
        let joined = user::addresses.joined();
        let users = session.query::<User>().order_by(user::id).eager(joined).all().unwrap();
        assert_sql!(session, "S users");
        assert_eq!(lists(&session, &users), expected);
    }

    fn f03_a_limit_counts_objects_and_not_joined_rows(db: &TestDb) {
        let mut session = fx::shop(db);
        let query = session.query::<User>().order_by(user::id).limit(2).offset(1);
        let users = query.eager(user::addresses.joined()).all().unwrap();
        assert_sql!(session, "S users");
        assert_eq!(ids(&session, &users), [8, 9]);
        assert_eq!(lists(&session, &users), [vec![2, 3, 4], vec![5]]);
        for &one in &users {
            session.load(one, user::orders.then(order::items.joined())).unwrap();
        }
        // One statement for both users.
        assert_eq!(orm_tests::trace(&session.take_log()).matches("S ").count(), 1);
        let orders = session[users[1]].orders.handles(&session).unwrap();
        assert_eq!(ids(&session, &orders), [2, 4]);
        let items: Vec<_> = orders
            .iter()
            .map(|&it| ids(&session, &session[it].items.handles(&session).unwrap()))
            .collect();
        assert_eq!(items, [vec![1, 2, 3], vec![1, 5]]);
    }

    fn f04_an_order_is_kept_inside_and_outside(db: &TestDb) {
        let mut session = fx::shop(db);
        let some = ["item 2", "item 5", "item 3"];
        let items = session
            .query::<Item>()
            .filter(item::description.eq_any(some))
            .order_by(item::id)
            .limit(2)
            .eager(item::keywords.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S items");
        assert_eq!(ids(&session, &items), [2, 3]);
        assert_eq!(keywords(&session, items[0]), ["red", "small", "square"]);
        assert_eq!(keywords(&session, items[1]), ["green", "big", "round"]);

        let mut session = db.session();
        let users = session
            .query::<User>()
            .order_by(user::name.desc())
            .limit(1)
            .eager(user::addresses.joined())
            .eager(user::orders.joined())
            .all()
            .unwrap();
        assert_eq!(ids(&session, &users), [7]);
        assert_eq!(addresses(&session, users[0]), [1]);
        assert_eq!(orders(&session, users[0]), [1, 3, 5]);
    }

    fn f05_a_joined_reference_needs_no_subquery(db: &TestDb) {
        let mut session = fx::shop(db);
        let query = session.query::<Address>().order_by(address::id).limit(2);
        let found = query.eager(address::user.joined()).all().unwrap();
        let log = session.take_log();
        assert_eq!(orm_tests::trace(&log), "S addresses");
        assert!(log.iter().all(|it| !it.sql.contains("(SELECT")), "{log:#?}");
        let pairs: Vec<_> = found
            .iter()
            .map(|&it| (id(&session, it), session[it].user.get(&session).unwrap().unwrap().name.as_str()))
            .collect();
        assert_eq!(pairs, [(1, "jack"), (2, "ed")]);
    }

    fn f06_objects_come_once_whatever_is_joined(db: &TestDb) {
        let mut session = fx::shop(db);
        let joined = user::addresses.joined();
        let users = session.query::<User>().order_by(user::id).eager(joined).all().unwrap();
        assert_sql!(session, "S users");
        assert_eq!(ids(&session, &users), [7, 8, 9, 10]);

        // There two lists joined at once multiply each other's rows; the results are equal.
        let mut session = db.session();
        let users = session
            .query::<User>()
            .order_by(user::id)
            .eager(user::addresses.joined())
            .eager(user::orders.joined())
            .all()
            .unwrap();
        let sent = orm_tests::trace(&session.take_log());
        assert!(sent == "S users" || sent == "S users; S orders", "{sent}");
        assert_eq!(ids(&session, &users), [7, 8, 9, 10]);
        let counts: Vec<_> = users
            .iter()
            .map(|&it| (addresses(&session, it).len(), orders(&session, it).len()))
            .collect();
        assert_eq!(counts, [(1, 3), (3, 0), (1, 2), (0, 0)]);
    }

    fn f06_pairs_of_a_join_come_as_often_as_there_are_rows(db: &TestDb) {
        let mut session = fx::shop(db);
        let pairs = session.query::<User>().order_by(user::id).join(user::addresses).all().unwrap();
        assert_sql!(session, "S users");
        let mut keys: Vec<_> =
            pairs.iter().map(|&(user, address)| (id(&session, user), id(&session, address))).collect();
        keys.sort_unstable();
        assert_eq!(keys, [(7, 1), (8, 2), (8, 3), (8, 4), (9, 5)]);
        let eds: Vec<_> =
            pairs.iter().map(|pair| pair.0).filter(|&it| id(&session, it) == 8).collect();
        assert!(eds.iter().all(|&it| it == eds[0]));
        assert_matches!(session[eds[0]].addresses.len(&session), Err(Error::NotLoaded { .. }));
    }

    // There a chunk has 500 keys by default; here it has thousands, so that a hundred owners are
    // one chunk.
    fn f09_many_owners_are_one_batch(db: &TestDb) {
        let mut session = hundred(db);
        let all = session.query::<Many>().order_by(many::id).eager(many::bs).all().unwrap();
        assert_sql!(session, "S a; S b");
        for (n, &one) in all.iter().enumerate() {
            let bs = session[one].bs.handles(&session).unwrap();
            let first = n as i64 * 5 + 1;
            assert_eq!(ids(&session, &bs), (first..first + 5).collect::<Vec<_>>());
        }

        let mut session = db.session();
        let bs = session.query::<One>().order_by(one::id).eager(one::many).all().unwrap();
        assert_sql!(session, "S b; S a");
        for &b in &bs {
            session.load(b, one::many).unwrap();
            assert!(session[b].many.get(&session).unwrap().is_some());
        }
        assert_no_sql!(session);
    }

    fn f09_a_reference_that_leads_nowhere_is_asked_for_once(db: &TestDb) {
        let mut session = db.session_for(schema![Many, One]);
        session.add_all((0..3).map(|_| One::builder().build()));
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let bs = session.query::<One>().eager(one::many).all().unwrap();
        assert_sql!(session, "S b");
        for &b in &bs {
            session.load(b, one::many).unwrap();
            assert!(session[b].many.get(&session).unwrap().is_none());
        }
        assert_no_sql!(session);
    }

    // There one result is streamed, and cut; here each batch is a separate SELECT that begins after
    // the last key.
    fn f10_batches_are_complete_and_forgotten(db: &TestDb) {
        let mut session = hundred(db);
        let mut sizes = Vec::new();
        session
            .query::<Many>()
            .eager(many::bs)
            .batches(30, |session, all| {
                for &one in all {
                    assert_eq!(session[one].bs.len(session)?, 5);
                }
                sizes.push((all.len(), session.handles::<Many>().len()));
                Ok(())
            })
            .unwrap();
        assert_eq!(sizes, [(30, 30), (30, 30), (30, 30), (10, 10)]);
        assert_sql!(session, "S a; S b; S a; S b; S a; S b; S a; S b");
        assert_matches!(
            session.query::<Many>().eager(many::bs).stream().map(drop),
            Err(Error::Configuration(_))
        );
    }

    fn f14_loads_by_accident_are_refused(db: &TestDb) {
        let mut session = lazy(db, Lazy::Raise);
        let jack = session.get_one::<User>(7).unwrap();
        session.take_log();
        assert_matches!(
            session[jack].addresses.len(&session),
            Err(Error::NotLoaded { entity: "User", field: "addresses", .. })
        );
        let refused = session.load(jack, user::addresses);
        assert_matches!(refused, Err(Error::LazyLoad { entity: "User", field: "addresses", .. }));
        assert_no_sql!(session);

        let both = session.query::<Address>().order_by(address::id).limit(2).all().unwrap();
        session.take_log();
        session.load(both[0], address::user).unwrap();
        assert_eq!(session[both[0]].user.handle(&session).unwrap(), Some(jack));
        assert_matches!(session[both[1]].user.get(&session), Err(Error::NotInMemory { .. }));
        assert_matches!(
            session.load(both[1], address::user),
            Err(Error::LazyLoad { entity: "Address", field: "user", .. })
        );
        assert_no_sql!(session);
        session.load_all(&both, address::user).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session[both[1]].user.get(&session).unwrap().unwrap().name, "ed");
    }

    // There a join can fill the list with the rows it has found. Here those are only a part of the
    // collection, which is never treated as complete, and a filter of the query does not shrink a
    // collection either.
    fn f16_a_filtered_collection_is_a_part(db: &TestDb) {
        let mut session = fx::shop(db);
        let some = user::addresses.filter(address::email_address.like("ed@b%"));
        let ed = session.query::<User>().filter(user::id.eq(8)).eager(some).one().unwrap();
        let part: Vec<_> = session[ed].addresses.part(&session).unwrap().handles().collect();
        assert_eq!(ids(&session, &part), [3]);
        assert_matches!(session[ed].addresses.len(&session), Err(Error::LoadedInPart { .. }));

        let mut session = db.session();
        let query = session.query::<User>().filter(user::name.eq("ed"));
        let ed = query.eager(user::addresses.joined()).one().unwrap();
        assert_sql!(session, "S users");
        assert_eq!(addresses(&session, ed), [2, 3, 4]);
    }

    // The collection is never loaded: it is counted and filtered in the database, and written
    // through its references. Objects to be removed are loaded individually.
    fn f19_a_collection_is_queried_and_not_loaded(db: &TestDb) {
        let mut session = fx::shop(db);
        let ed = session.get_one::<User>(8).unwrap();
        session.take_log();
        assert_eq!(session.related(ed, user::addresses).unwrap().count().unwrap(), 3);
        assert_sql!(session, "S addresses");
        assert!(session.handles::<Address>().is_empty());
        let query = session.related(ed, user::addresses).unwrap();
        let lala = query.filter(address::email_address.like("%lala%")).one().unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(id(&session, lala), 4);
        let new = session.add(Address::builder().email_address("new").user(ed).build());
        session.flush().unwrap();
        assert_sql!(session, "I addresses x1");
        session.unlink(ed, user::addresses, new).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x1");
        assert!(!session[ed].addresses.is_loaded(&session));
        assert_eq!(session.related(ed, user::addresses).unwrap().count().unwrap(), 3);
    }

    // There populate_existing resets the list to the stored rows. Here a collection consists of the
    // objects that reference its owner, and the new order does so until it is deleted or the
    // transaction is rolled back.
    fn f17_a_load_continues_after_loaded_objects(db: &TestDb) {
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = fx::shop_with(db, options);
        let jack = session.query::<User>().filter(user::id.eq(7)).eager(user::orders).one().unwrap();
        let new = session.add(Order::builder().description("new").user(jack).build());
        session.take_log();
        let path = user::orders.then(order::items).joined();
        let again = session.query::<User>().filter(user::id.eq(7)).eager(path).one().unwrap();
        assert_eq!(again, jack);
        session.take_log();
        let all = session[jack].orders.handles(&session).unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(all[3], new);
        let items: Vec<_> =
            all.iter().map(|&it| session[it].items.len(&session).unwrap()).collect();
        assert_eq!(items, [3, 3, 1, 0]);
        assert_no_sql!(session);

        let query = session.query::<User>().filter(user::id.eq(7)).populate_existing();
        query.eager(user::orders.then(order::items)).one().unwrap();
        assert_eq!(session[jack].orders.handles(&session).unwrap(), all);
        session.delete(new).unwrap();
        assert_eq!(orders(&session, jack), [1, 3, 5]);
    }
}
