//! E: rollback, savepoints and failed flushes with relationships; objects that two sessions find or
//! create at once.

use std::sync::Barrier;

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{self, Address, Item, Keyword, User, addresses, item, keyword, user};

/// Stores a user with an address. Both are committed and in memory.
fn ed_and_foo(db: &TestDb) -> (Session, Handle<User>, Handle<Address>) {
    let mut session = fx::empty(db);
    let u1 = User::builder().id(1).name("ed").addresses([fx::mail("foo")]).build();
    let u1 = session.add(u1);
    session.commit().unwrap();
    session.load(u1, user::addresses).unwrap();
    let a1 = session[u1].addresses.handles(&session).unwrap()[0];
    session.take_log();
    (session, u1, a1)
}

/// Returns a user with the key of another user, and an address.
fn duplicate() -> User {
    User::builder().id(1).name("jack").addresses([fx::mail("bar")]).build()
}

on_all_databases! {
    fn e05_a_rollback_restores_collections(db: &TestDb) {
        let mut session = fx::shop(db);
        let [_, ed, _, chuck] = fx::users(&mut session);
        session.load(ed, user::addresses).unwrap();
        session.commit().unwrap();
        session.take_log();
        session[ed].name = "new".to_owned();
        let new = session.add(Address::builder().email_address("new@x").user(ed).build());
        assert_eq!(session[ed].addresses.len(&session).unwrap(), 4);
        session.delete(chuck).unwrap();
        session.flush().unwrap();
        assert_eq!(session.state(chuck), ObjectState::Deleted);
        session.rollback().unwrap();
        session.take_log();
        assert_eq!(session[ed].name, "ed");
        assert_eq!(addresses(&session, ed), [2, 3, 4]);
        assert_eq!(session.state(chuck), ObjectState::Persistent);
        assert_eq!(session.state(new), ObjectState::Transient);
        assert_eq!(session[new].email_address, "new@x");
        session.commit().unwrap();
        assert_no_sql!(session);
        assert_eq!((db.count("users"), db.count("addresses")), (4, 5));
    }

    // There the session refuses everything until it is rolled back. Here the failed flush has
    // undone only itself, and the second commit repeats the first.
    fn e10_a_failed_flush_loses_nothing(db: &TestDb) {
        let (mut session, u1, a1) = ed_and_foo(db);
        let u2 = session.add(duplicate());
        session[u1].name = "edward".to_owned();
        session[a1].email_address = "foober".to_owned();
        for _ in 0..2 {
            assert_matches!(
                session.commit(),
                Err(Error::Constraint(it)) if it.kind() == DatabaseErrorKind::Unique && it.handle() == Some(u2)
            );
        }
        assert_eq!((session[u1].name.as_str(), session[a1].email_address.as_str()), ("edward", "foober"));
        assert_eq!(session[u2].addresses.len(&session).unwrap(), 1);
        session.rollback().unwrap();
        assert_eq!((session[u1].name.as_str(), session[a1].email_address.as_str()), ("ed", "foo"));
        assert_eq!(session.state(u2), ObjectState::Transient);
        session[u1].name = "edward".to_owned();
        session[a1].email_address = "foober".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|edward"]);
        assert_eq!(db.rows("addresses", "email_address, user_id"), ["foober|1"]);
    }

    fn e11_a_savepoint_takes_the_failure_back(db: &TestDb) {
        let (mut session, u1, a1) = ed_and_foo(db);
        session[u1].name = "edward".to_owned();
        session[a1].email_address = "foober".to_owned();
        let mut u2 = None;
        let failed = session.savepoint(|session| {
            u2 = Some(session.add(duplicate()));
            session.flush()
        });
        assert_matches!(failed, Err(Error::Constraint(_)));
        assert_eq!(session.state(u2.unwrap()), ObjectState::Transient);
        assert_eq!(addresses(&session, u1).len(), 1);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|edward"]);
        assert_eq!(db.rows("addresses", "email_address, user_id"), ["foober|1"]);
    }

    fn a_savepoint_that_is_undone_puts_collections_back(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ed, ..] = fx::users(&mut session);
        session.load_all(&[jack, ed], user::addresses).unwrap();
        let second = session.find::<Address>(2).unwrap();
        let undone: Result<()> = session.savepoint(|session| {
            session.link(jack, user::addresses, second)?;
            session.add(Address::builder().email_address("new").user(jack).build());
            session.flush()?;
            assert_eq!(session[jack].addresses.len(session)?, 3);
            let third = session.find::<Address>(3).unwrap();
            session.delete(third)?;
            session.flush()?;
            assert_eq!(addresses(session, ed), [4]);
            Err(Error::Configuration("enough".to_owned()))
        });
        assert!(undone.is_err());
        session.take_log();
        assert_eq!(addresses(&session, jack), [1]);
        assert_eq!(addresses(&session, ed), [2, 3, 4]);
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    fn what_was_read_in_a_transaction_that_is_undone_is_read_again(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ..] = fx::users(&mut session);
        session.commit().unwrap();
        session.bulk_insert([Address::builder().email_address("bulk").user(ForeignKey::to_key(7)).build()]).unwrap();
        session.load(jack, user::addresses).unwrap();
        assert_eq!(session[jack].addresses.len(&session).unwrap(), 2);
        session.rollback().unwrap();
        assert_matches!(session[jack].addresses.len(&session), Err(Error::NotLoaded { .. }));
        session.load(jack, user::addresses).unwrap();
        assert_eq!(addresses(&session, jack), [1]);
    }

    fn an_evicted_child_leaves_a_gap_that_is_known(db: &TestDb) {
        let mut session = fx::shop(db);
        let [_, ed, ..] = fx::users(&mut session);
        session.load(ed, user::addresses).unwrap();
        let third = session.find::<Address>(3).unwrap();
        session.evict(third).unwrap();
        assert!(!session[ed].addresses.is_loaded(&session));
        assert_matches!(
            session[ed].addresses.iter(&session).map(drop),
            Err(Error::NotLoaded { entity: "User", field: "addresses", .. })
        );
        session.take_log();
        session.load(ed, user::addresses).unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(addresses(&session, ed), [2, 3, 4]);

        // An object that was never written leaves no gap.
        let new = session.add(Address::builder().email_address("new").user(ed).build());
        session.evict(new).unwrap();
        assert_eq!(addresses(&session, ed), [2, 3, 4]);
    }

    fn a_refreshed_child_moves_to_where_its_row_is(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ed, ..] = fx::users(&mut session);
        session.load_all(&[jack, ed], user::addresses).unwrap();
        session.commit().unwrap();
        db.execute("UPDATE addresses SET user_id = 7 WHERE id = 3");
        let third = session.find::<Address>(3).unwrap();
        session.refresh(&[third]).unwrap();
        assert_eq!(addresses(&session, jack), [1, 3]);
        assert_eq!(addresses(&session, ed), [2, 4]);
    }

    fn rows_written_in_bulk_put_loaded_collections_in_doubt(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ed, ..] = fx::users(&mut session);
        session.load_all(&[jack, ed], user::addresses).unwrap();
        let rows = [Address::builder().email_address("bulk").user(ForeignKey::to_key(7)).build()];
        session.bulk_insert(rows).unwrap();
        assert_matches!(session[jack].addresses.len(&session), Err(Error::NotLoaded { .. }));
        session.take_log();
        session.load(jack, user::addresses).unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(session[jack].addresses.len(&session).unwrap(), 2);

        let moved = session.query::<Address>().filter(fx::address::id.eq(2));
        moved.update((fx::address::user_id.eq(Some(7)),)).unwrap();
        session.load_all(&[jack, ed], user::addresses).unwrap();
        assert_eq!(session[jack].addresses.len(&session).unwrap(), 3);
        assert_eq!(addresses(&session, ed), [3, 4]);
        session.query::<Address>().filter(fx::address::id.eq(3)).delete().unwrap();
        session.load(ed, user::addresses).unwrap();
        assert_eq!(addresses(&session, ed), [4]);
    }

    fn get_or_create_finds_what_is_there(db: &TestDb) {
        let mut session = fx::shop(db);
        let find = |session: &mut Session, name: &'static str| {
            session.get_or_create(keyword::name.eq(name), || fx::word(name)).unwrap()
        };
        let red = find(&mut session, "red");
        assert_sql!(session, "S keywords");
        assert_eq!(fx::id(&session, red), 2);
        let pink = find(&mut session, "pink");
        assert_sql!(session, "S keywords; I keywords x1");
        assert_eq!(find(&mut session, "pink"), pink);
        assert_sql!(session, "S keywords");
        // With relationships: the object that is found is linked like any other.
        let i1 = session.get_one::<Item>(1).unwrap();
        session.link_all(i1, item::keywords, &[red, pink]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("item_keywords"), 10);
        assert_eq!(db.count("keywords"), 8);
    }

    // Two sessions create the same eight words at once, in the same order: each word is one row,
    // and neither session fails.
    fn get_or_create_by_two_sessions_makes_one_row(db: &TestDb) {
        drop(fx::empty(db));
        let start = Barrier::new(2);
        let words: Vec<String> = (0..8).map(|n| format!("word {n}")).collect();
        let work = || {
            let mut session = db.session();
            start.wait();
            let mut keys = Vec::new();
            for word in &words {
                let found = session
                    .get_or_create(keyword::name.eq(word.clone()), || fx::word(word))
                    .unwrap();
                assert_eq!(&session[found].name, word);
                keys.push(fx::id(&session, found));
                session.commit().unwrap();
            }
            keys
        };
        let (one, other) = std::thread::scope(|scope| {
            let (one, other) = (scope.spawn(work), scope.spawn(work));
            (one.join().unwrap(), other.join().unwrap())
        });
        assert_eq!(one, other);
        assert_eq!(db.count("keywords"), 8);
    }

    // The other session has inserted the row and commits while this one waits for it.
    fn get_or_create_finds_what_another_has_just_made(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            // The lock is taken before the first query there, so that nothing can come between.
            return;
        }
        drop(fx::empty(db));
        let mut first = db.session();
        let mut second = db.session();
        let theirs = first.get_or_create(keyword::name.eq("red"), || fx::word("red")).unwrap();
        let mut runs = 0;
        let found = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                second.retry(3, |second| {
                    runs += 1;
                    // The snapshot that MySQL will keep, which does not contain the other session's
                    // row.
                    second.query::<Keyword>().count()?;
                    second.add(fx::named("mine"));
                    let found = second.get_or_create(keyword::name.eq("red"), || fx::word("red"))?;
                    assert_eq!(second.handles::<Keyword>(), [found]);
                    assert_eq!(second.query::<Keyword>().all()?, [found], "queries see it too");
                    Ok(fx::id(second, found))
                })
            });
            std::thread::sleep(std::time::Duration::from_millis(300));
            first.commit().unwrap();
            waiting.join().unwrap().unwrap()
        });
        assert_eq!(runs, if db.dialect() == Dialect::Mysql { 2 } else { 1 });
        assert_eq!(found, fx::id(&first, theirs));
        assert_eq!(db.rows("users", "name"), ["mine"]);
        assert_eq!(db.count("keywords"), 1);
    }

    fn what_get_or_create_finds_of_another_is_seen_by_queries(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        drop(fx::empty(db));
        let mut first = db.session();
        let mut second = db.session();
        first.get_or_create(keyword::name.eq("red"), || fx::word("red")).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let found = second.get_or_create(keyword::name.eq("red"), || fx::word("red")).unwrap();
                assert_eq!(second.query::<Keyword>().all().unwrap(), [found]);
                second.refresh(&[found]).unwrap();
                second.commit().unwrap();
            });
            std::thread::sleep(std::time::Duration::from_millis(300));
            first.commit().unwrap();
            waiting.join().unwrap();
        });
    }
}
