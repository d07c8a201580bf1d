//! Limits of the databases that no user should reach.

use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, error::DatabaseErrorKind, transaction::BeginMode};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use super::{
    Account, Country, Item, account, country, create_tables, in_time, item, probe, raw_number,
    session_on,
};

const MANY: i64 = 100_000;

on_all_databases! {
    // fact 7
    fn no_number_of_rows_or_keys_is_too_many(db: &TestDb) {
        let mut session = session_on(db);
        session.log_statements(false);
        let rows = (1..=MANY).map(|id| account(id, id * 2));
        assert_eq!(session.bulk_insert(rows).unwrap(), MANY as usize);
        session.commit().unwrap();
        let found = session.get_many::<Account>(1..=MANY).unwrap();
        assert_eq!(found.len(), MANY as usize);
        assert!(found.iter().all(Option::is_some));
        let some: Vec<_> = found.into_iter().flatten().take(40_000).collect();
        for &handle in &some {
            session[handle].balance += 1;
        }
        session.flush().unwrap();
        for &handle in &some {
            session.delete(handle).unwrap();
        }
        session.commit().unwrap();
        assert_eq!(db.count("account"), MANY - 40_000);
        probe(db, &mut session, "end");
    }

    // fact 14
    fn a_nul_is_stored_or_refused_and_never_cut_off(db: &TestDb) {
        let mut session = session_on(db);
        let handle = session.add(item("before\0after"));
        session.add(item("other"));
        if db.dialect() == Dialect::Postgres {
            let error = session.flush().unwrap_err();
            assert_matches!(&error, Error::Constraint(violation) if violation.entity == "Item");
            assert!(!error.to_string().contains("before"), "{error}");
            session[handle].name = "before after".to_owned();
        }
        session.commit().unwrap();
        let name = session[handle].name.clone();
        let mut other = db.session();
        let key = session.key(handle).unwrap();
        let read = other.get_one::<Item>(key).unwrap();
        assert_eq!(other[read].name, name);
        let equal = other.query::<Item>().filter(item::name.eq(name)).all().unwrap();
        assert_eq!(equal, [read]);
        assert_eq!(other.query::<Item>().filter(item::name.eq("before")).count().unwrap(), 0);
        probe(db, &mut session, "end");
    }

    fn a_nul_in_a_key_finds_its_own_row(db: &TestDb) {
        if db.dialect() == Dialect::Postgres {
            return;
        }
        let mut session = session_on(db);
        session.add_all(["a", "a\0b", "a\0c"].map(|code| country(code, code)));
        session.commit().unwrap();
        session.clear();
        let keys = ["a\0c", "a", "a\0b", "\0"].map(str::to_owned);
        let found = session.get_many::<Country>(keys.clone()).unwrap();
        for (key, handle) in keys.iter().zip(&found).take(3) {
            assert_eq!(&session[handle.unwrap()].title, key);
        }
        assert_eq!(found[3], None);
        session.delete(found[0].unwrap()).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("country"), 2);
        assert_eq!(session.get::<Country>("a\0b".to_owned()).unwrap(), found[2]);
    }
}

/// Reads and writes one row, in a closure that may run again.
fn count_up(session: &mut Session, times: usize) -> usize {
    let mut runs = 0;
    for _ in 0..times {
        session
            .retry(100, |session| {
                runs += 1;
                let handle = session.get_one::<Account>(1)?;
                session[handle].balance += 1;
                session.add(country(format!("{:?} {runs}", std::thread::current().id()), "a"));
                Ok(())
            })
            .unwrap_or_else(|error| panic!("a writer was turned away: {error}"));
    }
    runs
}

on_one_database! {
    Sqlite;

    // facts 8 and 9
    fn two_sessions_in_retry_never_find_the_file_locked(db: &TestDb) {
        create_tables(db);
        db.execute("INSERT INTO account VALUES (1, 0, 1)");
        for begin in [BeginMode::Auto, BeginMode::Deferred, BeginMode::Immediate] {
            let threads = [(); 2].map(|()| {
                let mut session = db.session_with(SessionOptions { begin, ..SessionOptions::default() });
                std::thread::spawn(move || in_time(move || count_up(&mut session, 50)))
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(db.rows("account", "id, balance"), ["1|100"]);
            db.execute("UPDATE account SET balance = 0");
        }
    }

    // fact 8
    fn writers_wait_for_each_other_without_retry(db: &TestDb) {
        create_tables(db);
        let threads = [0, 1].map(|thread| {
            let mut session = db.session();
            std::thread::spawn(move || {
                in_time(move || {
                    for n in 0..50 {
                        session.add(country(format!("{thread} {n}"), "a"));
                        session.commit().unwrap();
                    }
                })
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(db.count("country"), 100);
    }

    // fact 9
    fn a_stale_snapshot_is_a_conflict_and_keeps_the_edit(db: &TestDb) {
        create_tables(db);
        db.execute("INSERT INTO account VALUES (1, 10, 1)");
        db.execute("INSERT INTO country VALUES ('a', 'old')");
        let mut session = db.session();
        let handle = session.get_one::<Country>("a".to_owned()).unwrap();
        db.execute("UPDATE account SET balance = 20");
        session[handle].title = "new".to_owned();
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Conflict(error) if error.kind == DatabaseErrorKind::Busy);
        assert!(error.is_retryable());
        assert_eq!(session[handle].title, "new");
        // The failed flush has ended the outdated transaction; the next one is current.
        session.commit().unwrap();
        assert_eq!(db.rows("country", "title"), ["new"]);
    }

    fn a_locked_file_is_a_conflict_after_the_timeout(db: &TestDb) {
        create_tables(db);
        let options = SessionOptions { busy_timeout_ms: 50, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let mut other = db.session();
        other.begin().unwrap();
        let handle = session.add(country("a", "a"));
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Conflict(_));
        assert_eq!(session.state(handle), orm_runtime::ObjectState::Pending);
        other.rollback().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code"), ["a"]);
    }

    // fact 10
    fn foreign_keys_are_enforced_on_every_connection(db: &TestDb) {
        create_tables(db);
        let pool = db.sessions(|options| options.size = 3);
        let mut sessions = vec![db.session(), pool.session().unwrap(), pool.session().unwrap()];
        sessions[0].reconnect().unwrap();
        for session in &mut sessions {
            let on = raw_number(session, "SELECT foreign_keys AS value FROM pragma_foreign_keys");
            assert_eq!(on.unwrap(), 1);
            session.rollback().unwrap();
            let orphan = session.add(item("orphan"));
            session[orphan].owner = Some(7);
            let error = session.flush().unwrap_err();
            assert!(error.is_violation(DatabaseErrorKind::ForeignKey), "{error}");
            session.rollback().unwrap();
        }
    }
}
