//! How a pool keeps its connections, and who gets them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use orm_runtime::connection::OnReturn;
#[cfg(feature = "servers")]
use orm_runtime::connection::Reuse;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{User, execute, number, people};
#[cfg(feature = "servers")]
use crate::pool::{connection_id, kill};

/// Waits until something is so.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

on_all_databases! {
    fn an_error_says_who_has_the_connections(db: &TestDb) {
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.timeout = Duration::from_millis(50);
        });
        let session = sessions.session().unwrap();
        let line = line!() - 1;
        let error = sessions.session().unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("pooling.rs:{line} (")), "{text}");
        let Error::PoolExhausted { in_use: 1, waiting: 0, holders, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(holders.len(), 1);
        assert!(holders[0].held >= Duration::from_millis(40));
        let status = sessions.status();
        assert_eq!((status.in_use, status.idle, status.timeouts), (1, 0, 1));
        assert_eq!(status.holders[0].place.line(), line);
        drop(session);
        let status = sessions.status();
        assert_eq!((status.in_use, status.idle, status.opened, status.closed), (0, 1, 1, 0));
    }

    fn those_who_wait_are_served_in_their_order(db: &TestDb) {
        let sessions = db.sessions(|options| options.size = 1);
        let held = sessions.session().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (sessions, order) = (sessions.clone(), Arc::clone(&order));
                let waiting = sessions.clone();
                let thread = std::thread::spawn(move || {
                    let session = sessions.session().unwrap();
                    order.lock().unwrap().push(n);
                    std::thread::sleep(Duration::from_millis(5));
                    drop(session);
                });
                wait_until("it waits", || waiting.status().waiting == n + 1);
                thread
            })
            .collect();
        drop(held);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
        assert_eq!(sessions.status().opened, 1);
    }

    fn a_pool_may_have_more_connections_for_a_while(db: &TestDb) {
        let sessions = db.sessions(|options| {
            (options.size, options.overflow) = (1, 1);
            options.timeout = Duration::from_millis(50);
        });
        let both = [sessions.session().unwrap(), sessions.session().unwrap()];
        assert_matches!(sessions.session(), Err(Error::PoolExhausted { in_use: 2, .. }));
        drop(both);
        let status = sessions.status();
        assert_eq!((status.idle, status.opened, status.closed), (1, 2, 1));

        let none = db.sessions(|options| (options.size, options.overflow) = (0, 1));
        for _ in 0..2 {
            let mut session = none.session().unwrap();
            number(&mut session, "SELECT 1 + 0 * count(*) AS value FROM (SELECT 1 AS one) AS t");
        }
        let status = none.status();
        assert_eq!((status.idle, status.opened, status.closed), (0, 3, 3));
        let nothing = SessionFactory::new(db.url(), |options| options.size = 0);
        assert_matches!(nothing, Err(Error::Configuration(_)));
        let more = SessionFactory::new(db.url(), |options| options.min_idle = 11);
        assert_matches!(more, Err(Error::Configuration(_)));
    }

    fn some_connections_are_ready_and_others_are_closed(db: &TestDb) {
        let sessions = db.sessions(|options| {
            (options.size, options.min_idle) = (4, 2);
            options.idle_timeout = Some(Duration::from_millis(100));
        });
        assert_eq!(sessions.status().idle, 2);
        let first = sessions.session().unwrap();
        wait_until("another is opened", || sessions.status().idle == 2);
        let more = [sessions.session().unwrap(), sessions.session().unwrap()];
        drop((first, more));
        wait_until("two are closed", || sessions.status().idle == 2);
        assert!(sessions.status().opened >= 3);
    }

    fn old_connections_are_replaced(db: &TestDb) {
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.lifetime = Some(Duration::ZERO);
        });
        drop(sessions.session().unwrap());
        drop(sessions.session().unwrap());
        wait_until("all are closed", || sessions.status().opened == sessions.status().closed);
        assert!(sessions.status().opened >= 2);
    }

    fn a_closed_pool_has_no_session(db: &TestDb) {
        let sessions = db.sessions(|options| options.size = 1);
        let session = sessions.session().unwrap();
        let clone = sessions.clone();
        let waiting = std::thread::spawn(move || clone.session().map(drop));
        wait_until("it waits", || sessions.status().waiting == 1);
        assert_eq!(sessions.close(Duration::ZERO), 1);
        assert_matches!(waiting.join().unwrap(), Err(Error::PoolClosed));
        let error = sessions.session().unwrap_err();
        assert!(error.to_string().contains("was closed"), "{error}");
        let last = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            drop(session);
        });
        assert_eq!(sessions.close(Duration::from_secs(5)), 0);
        last.join().unwrap();
        let status = sessions.status();
        assert!(status.is_closed);
        assert_eq!((status.in_use, status.idle, status.opened, status.closed), (0, 0, 1, 1));
    }

    fn new_connections_are_set_up_by_the_program(db: &TestDb) {
        let opened = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&opened);
        let sessions = db.sessions(|options| {
            options.size = 2;
            options.on_connect(move |connection| {
                count.fetch_add(1, Ordering::Relaxed);
                connection.batch("CREATE TEMPORARY TABLE mine (value BIGINT)")?;
                connection.batch("INSERT INTO mine VALUES (42)")
            });
        });
        let ask = "SELECT value FROM mine";
        let mut both = [sessions.session().unwrap(), sessions.session().unwrap()];
        let numbers = both.each_mut().map(|session| {
            let found = number(session, ask);
            session.rollback().unwrap();
            found
        });
        assert_eq!(numbers, [42, 42]);
        drop(both);
        assert_eq!(number(&mut sessions.session().unwrap(), ask), 42);
        assert_eq!(opened.load(Ordering::Relaxed), 2);

        let refused = SessionFactory::new(db.url(), |options| {
            options.on_connect(|_| Err(Error::Configuration("not this one".to_owned())));
        });
        assert_matches!(refused, Err(Error::Configuration(text)) if text == "not this one");
    }

    fn settings_of_a_session_do_not_reach_the_next(db: &TestDb) {
        drop(people(db));
        let (set, ask) = match db.dialect() {
            Dialect::Sqlite => {
                ("PRAGMA cache_size = 77", "SELECT cache_size = 77 AS value FROM pragma_cache_size")
            }
            Dialect::Postgres => (
                "SET statement_timeout = 77000",
                "SELECT count(*) AS value FROM pg_settings \
                 WHERE name = 'statement_timeout' AND setting = '77000'",
            ),
            _ => ("SET @mine = 77", "SELECT CAST(COALESCE(@mine, 0) = 77 AS SIGNED) AS value"),
        };
        for on_return in [OnReturn::Rollback, OnReturn::ResetSettings] {
            let sessions = db.sessions(|options| {
                (options.size, options.on_return) = (1, on_return);
            });
            let mut session = sessions.session().unwrap();
            assert_eq!(session.query::<User>().count().unwrap(), 4);
            execute(&mut session, set);
            session.commit().unwrap();
            assert_eq!(number(&mut session, ask), 1);
            drop(session);
            let mut session = sessions.session().unwrap();
            let stays = number(&mut session, ask);
            assert_eq!(stays, i64::from(on_return == OnReturn::Rollback), "{on_return:?}");
            // Prepared statements are the right ones.
            assert_eq!(session.query::<User>().count().unwrap(), 4);
            let times = match db.dialect() {
                Dialect::Postgres => {
                    "SELECT count(*) AS value FROM pg_settings \
                     WHERE name = 'TimeZone' AND setting = 'UTC'"
                }
                _ => "SELECT 1 AS value FROM users WHERE id = 7",
            };
            assert_eq!(number(&mut session, times), 1);
        }
    }

    fn a_detached_connection_does_not_come_back(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let mut session = sessions.session().unwrap();
        session.detach_connection().unwrap();
        assert_eq!(sessions.status().in_use, 0);
        let mut other = sessions.session().unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(other.query::<User>().count().unwrap(), 4);
        drop(session);
        drop(other);
        let status = sessions.status();
        assert_eq!((status.in_use, status.idle, status.opened, status.closed), (0, 1, 2, 1));
        let alone = db.session().detach_connection();
        assert_matches!(alone, Err(Error::Configuration(_)));
    }

    fn sessions_of_one_pool_may_have_different_options(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let lazy = sessions.configured(|options| options.autoflush = false).unwrap();
        assert!(!lazy.session().unwrap().options().autoflush);
        assert!(sessions.session().unwrap().options().autoflush);
        assert_eq!(lazy.status().opened, 1, "it is the same pool");
        let late = sessions.configured(|options| options.busy_timeout_ms = 1);
        assert_matches!(late, Err(Error::Configuration(_)));
    }
}

#[cfg(feature = "servers")]
#[test]
fn idle_connections_are_used_in_the_chosen_order() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            for (reuse, last) in [(Reuse::LastReturned, true), (Reuse::FirstReturned, false)] {
                let sessions = db.sessions(|options| (options.size, options.reuse) = (2, reuse));
                let mut both = [sessions.session().unwrap(), sessions.session().unwrap()];
                let [first, second] = both.each_mut().map(connection_id);
                let [one, two] = both;
                drop(one);
                drop(two);
                let next = connection_id(&mut sessions.session().unwrap());
                assert_eq!(next, if last { second } else { first });
            }
        });
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_lost_connection_is_closed_when_its_session_gets_another() {
    use orm_runtime::SessionOptions;
    use orm_runtime::transaction::TransactionOptions;

    let transaction = TransactionOptions {
        lock_timeout: Some(Duration::from_secs(3)),
        ..TransactionOptions::default()
    };
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            drop(people(db));
            let sessions = db.sessions(|options| {
                options.size = 2;
                options.session = SessionOptions { transaction, ..SessionOptions::default() };
            });
            let mut session = sessions.session().unwrap();
            let id = connection_id(&mut session);
            kill(db, id);
            assert_matches!(session.query::<User>().count(), Err(Error::Disconnected(_)));
            session.reconnect_with(sessions.connection().unwrap());
            assert_eq!(session.query::<User>().count().unwrap(), 4);
            let status = sessions.status();
            assert_eq!((status.in_use, status.idle, status.closed), (1, 0, 1));
        });
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_server_that_is_away_is_not_an_exhausted_pool() {
    for url in ["postgres://me@127.0.0.1:1/db", "mysql://me@127.0.0.1:1/db"] {
        let since = Instant::now();
        let error = SessionFactory::new(url, |_| {}).unwrap_err();
        assert_matches!(error, Error::Connection(_));
        assert!(since.elapsed() < Duration::from_secs(10), "it does not wait for the time-out");
    }
}
