//! The options of transactions: isolation level, read-only, time-outs.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use orm_runtime::prelude::*;
use orm_runtime::transaction::{Isolation, Synchronous, TransactionOptions};
use orm_runtime::{SessionFactory, SessionOptions};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, all, number, people, person};

/// What the connection says about its time-out for locks.
pub(super) fn lock_timeout(session: &mut Session) -> i64 {
    let ask = match session.dialect() {
        Dialect::Sqlite => "SELECT timeout AS value FROM pragma_busy_timeout",
        Dialect::Postgres => {
            "SELECT setting::bigint AS value FROM pg_settings WHERE name = 'lock_timeout'"
        }
        _ => "SELECT CAST(@@innodb_lock_wait_timeout AS SIGNED) AS value",
    };
    number(session, ask)
}

fn read_only() -> TransactionOptions {
    TransactionOptions { read_only: true, ..TransactionOptions::default() }
}

fn kind(error: &Error) -> Option<DatabaseErrorKind> {
    error.database().map(|error| error.kind)
}

/// Sends a statement that takes five seconds.
fn sleep(session: &mut Session) -> Result<Vec<i64>> {
    let text = match session.dialect() {
        Dialect::Postgres => "SELECT 1::bigint FROM pg_sleep(5)",
        _ => "SELECT CAST(SLEEP(5) AS SIGNED)",
    };
    session.load_rows::<i64, _>(sql::<BigInt>(text))
}

on_all_databases! {
    fn a_read_only_transaction_refuses_to_write(db: &TestDb) {
        let mut session = people(db);
        let refused: Result<()> = session.transaction_as(read_only(), |session| {
            assert_eq!(session.query::<User>().count()?, 4);
            session.add(person("bob", 1));
            session.flush()
        });
        let error = refused.unwrap_err();
        assert_eq!(kind(&error), Some(DatabaseErrorKind::ReadOnly), "{error}");
        assert_eq!(db.count("users"), 4);

        // The next transaction writes.
        assert_eq!(*session.options(), SessionOptions::default());
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn all_transactions_of_a_session_have_its_options(db: &TestDb) {
        drop(people(db));
        let options = SessionOptions { transaction: read_only(), ..SessionOptions::default() };
        let mut session = db.session_with(options);
        for _ in 0..2 {
            session.add(person("bob", 1));
            let error = session.commit().unwrap_err();
            assert_eq!(kind(&error), Some(DatabaseErrorKind::ReadOnly), "{error}");
            session.rollback().unwrap();
        }
        session.configure(|options| options.transaction.read_only = false).unwrap();
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn a_pooled_connection_is_as_it_was_after_the_transaction(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let before = lock_timeout(&mut sessions.session().unwrap());
        let mut session = sessions.session().unwrap();
        let options = TransactionOptions {
            lock_timeout: Some(Duration::from_secs(7)),
            read_only: true,
            ..TransactionOptions::default()
        };
        let during: Result<i64> =
            session.transaction_as(options, |session| Ok(lock_timeout(session)));
        let expected = if db.dialect() == Dialect::Mysql { 7 } else { 7_000 };
        assert_eq!(during.unwrap(), expected);
        assert_eq!(lock_timeout(&mut session), before, "the next transaction has its own options");

        let failed: Result<()> = session.configured(
            |all| all.transaction = options,
            |session| {
                assert_eq!(lock_timeout(session), expected);
                session.release()?;
                Err(Error::Configuration("changed my mind".to_owned()))
            },
        );
        failed.unwrap_err();
        drop(session);
        let mut session = sessions.session().unwrap();
        assert_eq!(lock_timeout(&mut session), before, "so has the next session");
        session.rollback().unwrap();
        session.add(person("bob", 1));
        session.commit().unwrap();
    }

    fn options_that_a_database_lacks_are_refused_before_anything_is_sent(db: &TestDb) {
        let mut session = people(db);
        let default = TransactionOptions::default();
        let deferrable = TransactionOptions { deferrable: true, ..default };
        let timed = |time| TransactionOptions { statement_timeout: Some(time), ..default };
        let mut refused = vec![deferrable, timed(Duration::ZERO), timed(Duration::MAX)];
        match db.dialect() {
            Dialect::Sqlite => refused.extend([
                Isolation::ReadUncommitted.into(),
                Isolation::ReadCommitted.into(),
                Isolation::RepeatableRead.into(),
                timed(Duration::from_secs(1)),
            ]),
            Dialect::Postgres => refused.push(Isolation::ReadUncommitted.into()),
            _ => {}
        }
        let sent = session.transaction_statements();
        for options in refused {
            let result = session.transaction_as(options, |_| Ok(()));
            assert_matches!(result, Err(Error::Configuration(_)));
            let all = SessionOptions { transaction: options, ..SessionOptions::default() };
            let opened = Session::open_with(db.url(), all.clone());
            assert_matches!(opened, Err(Error::Configuration(_)));
            let pool = SessionFactory::new(db.url(), |pool| pool.session = all);
            assert_matches!(pool, Err(Error::Configuration(_)));
        }
        assert_eq!(session.transaction_statements(), sent);
        assert_eq!(session.take_log(), []);
    }

    fn the_options_of_an_open_transaction_stay(db: &TestDb) {
        let mut session = people(db);
        session.query::<User>().count().unwrap();
        let late = session.transaction_as(read_only(), |_| Ok(()));
        assert_matches!(late, Err(Error::Configuration(text)) if text.contains("after it has begun"));
        session.release().unwrap();
        let nested = session.transaction(|session| session.transaction_as(read_only(), |_| Ok(())));
        assert_matches!(nested, Err(Error::Configuration(_)));
        let same = session.transaction_as(read_only(), |session| {
            session.transaction_as(read_only(), |session| session.query::<User>().count())
        });
        assert_eq!(same.unwrap(), 4);
    }

    fn options_cost_no_counted_statement(db: &TestDb) {
        let mut session = people(db);
        let options = TransactionOptions {
            lock_timeout: Some(Duration::from_secs(3)),
            read_only: true,
            ..TransactionOptions::default()
        };
        let counted = session.expect_statements(1, |session| {
            session.transaction_as(options, |session| session.query::<User>().count())
        });
        assert_eq!(counted.unwrap(), 4);
        // One batch begins the transaction on PostgreSQL; elsewhere the settings come first.
        let before = session.transaction_statements();
        session.transaction_as(options, |session| session.query::<User>().count()).unwrap();
        let sent = session.transaction_statements() - before;
        assert_eq!(sent, 2, "BEGIN and COMMIT: the settings are still as they were");
    }
}

on_one_database! {
    Sqlite;
    fn a_file_waits_for_the_disk_as_the_options_say(db: &TestDb) {
        let ask = "SELECT synchronous AS value FROM pragma_synchronous";
        assert_eq!(number(&mut db.session(), ask), 1, "NORMAL with a write-ahead log");
        let levels = [
            (Synchronous::Off, 0),
            (Synchronous::Normal, 1),
            (Synchronous::Full, 2),
            (Synchronous::Extra, 3),
        ];
        for (level, expected) in levels {
            let options =
                SessionOptions { synchronous: Some(level), ..SessionOptions::default() };
            assert_eq!(number(&mut db.session_with(options), ask), expected);
        }
        let changed = db.session().configure(|options| options.synchronous = None);
        changed.unwrap();
        let late = db.session().configure(|options| options.synchronous = Some(Synchronous::Off));
        assert_matches!(late, Err(Error::Configuration(_)));
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_level_of_isolation_is_that_of_its_transaction() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut session = people(db);
            for (level, sees) in [
                (Isolation::ReadCommitted, 1),
                (Isolation::RepeatableRead, 0),
                (Isolation::Serializable, 0),
                (Isolation::ReadCommitted, 1),
            ] {
                // On MySQL a serializable transaction locks what it reads.
                let locks = dialect == Dialect::Mysql && level == Isolation::Serializable;
                let more = session.transaction_as(level, |session| {
                    let before = session.query::<User>().count()?;
                    if !locks {
                        db.execute("INSERT INTO users (name, age) VALUES ('new', 1)");
                    }
                    Ok(session.query::<User>().count()? - before)
                });
                assert_eq!(more.unwrap(), sees, "{level:?}");
                db.execute("DELETE FROM users WHERE name = 'new'");
            }
        });
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_statement_is_cut_off_after_its_time() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut session = people(db);
            let options = TransactionOptions {
                statement_timeout: Some(Duration::from_millis(200)),
                ..TransactionOptions::default()
            };
            let error = session.transaction_as(options, sleep).unwrap_err();
            assert_eq!(kind(&error), Some(DatabaseErrorKind::Cancelled), "{error}");
            assert_eq!(session.query::<User>().count().unwrap(), 4, "the session goes on");
        });
    }
}

on_all_databases! {
    fn a_lock_is_waited_for_as_long_as_the_options_say(db: &TestDb) {
        let mut holder = people(db);
        let [jack, ..] = all(&mut holder);
        holder[jack].age = 1;
        holder.flush().unwrap();
        let mut session = db.session();
        let options = TransactionOptions {
            lock_timeout: Some(Duration::from_millis(200)),
            ..TransactionOptions::default()
        };
        let since = std::time::Instant::now();
        let result = session.transaction_as(options, |session| {
            session.query::<User>().update(crate::people::user::age.eq(2))
        });
        assert_matches!(result, Err(Error::Conflict(_)));
        assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
        holder.rollback().unwrap();
        assert_eq!(session.query::<User>().update(crate::people::user::age.eq(2)).unwrap(), 4);
        session.rollback().unwrap();
    }
}
