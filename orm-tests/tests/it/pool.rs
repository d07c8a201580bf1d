//! Sessions over a pool of connections.

use std::time::{Duration, Instant};

use orm_runtime::prelude::*;
use orm_runtime::{SessionFactory, SessionOptions};
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{User, number, people, person};

#[cfg(feature = "servers")]
/// Returns the server's number for the session's connection.
pub(crate) fn connection_id(session: &mut Session) -> i64 {
    let ask = match session.dialect() {
        Dialect::Postgres => "SELECT CAST(pg_backend_pid() AS BIGINT) AS value",
        Dialect::Sqlite | Dialect::Mysql => "SELECT CAST(connection_id() AS SIGNED) AS value",
        _ => unreachable!("a database without tests"),
    };
    number(session, ask)
}

#[cfg(feature = "servers")]
/// Ends a connection at the server, and waits until it is closed.
pub(crate) fn kill(db: &TestDb, id: i64) {
    let (end, count) = if db.dialect() == Dialect::Postgres {
        (
            format!("SELECT pg_terminate_backend({id})"),
            format!("SELECT count(*) AS value FROM pg_stat_activity WHERE pid = {id}"),
        )
    } else {
        (
            format!("KILL {id}"),
            format!("SELECT count(*) AS value FROM information_schema.processlist WHERE id = {id}"),
        )
    };
    let mut oracle = db.oracle();
    oracle.execute(&end);
    let since = Instant::now();
    while oracle.number(&count) > 0 {
        assert!(since.elapsed() < Duration::from_secs(5), "the connection does not end");
    }
}

on_all_databases! {
    // J10
    fn a_session_that_is_dropped_rolls_back_and_gives_its_connection_back(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let mut session = sessions.session().unwrap();
        session.add(person("bob", 1));
        session.flush().unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 5);
        drop(session);

        let mut session = sessions.session().unwrap();
        assert!(session.is_empty());
        assert!(!session.in_transaction());
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(session.statements(), 1, "each session counts its own statements");
        assert!(session.take_log().is_empty());
        session.add(person("cy", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn a_session_dropped_inside_a_panic_gives_its_connection_back(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let clone = sessions.clone();
        let panicked = std::thread::spawn(move || {
            let mut session = clone.session().unwrap();
            session.add(person("bob", 1));
            let _: Result<()> = session.savepoint(|session| {
                session.add(person("cy", 1));
                session.flush()?;
                std::panic::resume_unwind(Box::new("a panic of the program's"));
            });
        });
        assert!(panicked.join().is_err());
        let mut session = sessions.session().unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 4);
    }

    // J10
    fn a_session_is_waited_for_as_long_as_the_options_say(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.timeout = Duration::from_millis(150);
        });
        let first = sessions.session().unwrap();
        let since = Instant::now();
        let error = sessions.session().unwrap_err();
        assert_matches!(&error, Error::PoolExhausted { in_use: 1, .. });
        let waited = since.elapsed();
        assert!(waited >= Duration::from_millis(140) && waited < Duration::from_secs(3), "{waited:?}");
        assert!(error.to_string().starts_with("all 1 connections of the pool"), "{error}");
        drop(first);
        assert!(sessions.session().is_ok());
    }

    fn the_sessions_have_the_options_of_the_pool(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| {
            options.session = SessionOptions { autoflush: false, ..SessionOptions::default() };
        });
        let mut session = sessions.session().unwrap();
        session.add(person("bob", 1));
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(session.dialect(), db.dialect());
    }

    fn many_threads_share_a_pool(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 3);
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let sessions = sessions.clone();
                scope.spawn(move || {
                    for n in 0..5 {
                        let mut session = sessions.session().unwrap();
                        session.add(person(format!("{thread} {n}"), n));
                        session.commit().unwrap();
                    }
                });
            }
        });
        assert_eq!(db.count("users"), 34);
    }

    fn a_session_can_be_sent_to_another_thread(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].age = 1;
        let moved = std::thread::spawn(move || {
            session.commit().unwrap();
            session
        });
        let session = moved.join().unwrap();
        assert_eq!(session[jack].age, 1);
        assert_eq!(db.rows("users", "id, age")[0], "7|1");
    }

    fn a_session_of_a_pool_cannot_connect_again_by_itself(db: &TestDb) {
        let sessions = db.sessions(|options| options.size = 1);
        let error = sessions.session().unwrap().reconnect().unwrap_err();
        assert_matches!(error, Error::Configuration(text) if text.contains("reconnect_with()"));
    }
}

#[test]
fn a_url_that_leads_nowhere_is_an_error_without_its_password() {
    let quick = |options: &mut orm_runtime::PoolOptions| {
        options.timeout = Duration::from_millis(100);
    };
    let error = SessionFactory::new("oracle://me:swordfish@host/db", quick).unwrap_err();
    assert_matches!(&error, Error::Configuration(_));
    assert!(!error.to_string().contains("swordfish"), "{error}");
    let error = SessionFactory::new("sqlite:///nowhere/at/all/db.sqlite", quick).unwrap_err();
    assert_matches!(&error, Error::Connection(_));
    for url in ["postgres://me:swordfish@127.0.0.1:1/db", "mysql://me:swordfish@127.0.0.1:1/db"] {
        let text = |error: Error| format!("{error} {error:?}");
        let pool = text(SessionFactory::new(url, quick).unwrap_err());
        let session = text(Session::open(url).unwrap_err());
        assert!(!pool.contains("swordfish") && !session.contains("swordfish"), "{pool} {session}");
    }
}

#[test]
fn a_pool_shows_neither_url_nor_password() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    let sessions = db.sessions(|_| ());
    let shown = format!("{sessions:?}");
    assert!(shown.contains("SessionFactory") && !shown.contains("sqlite"), "{shown}");
}

#[test]
fn the_connections_of_a_pool_are_set_up_as_those_of_a_session() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    let mut session = db.sessions(|_| ()).session().unwrap();
    assert_eq!(number(&mut session, "SELECT foreign_keys AS value FROM pragma_foreign_keys"), 1);
    assert_eq!(number(&mut session, "SELECT timeout AS value FROM pragma_busy_timeout"), 5_000);
    let wal = "SELECT journal_mode = 'wal' AS value FROM pragma_journal_mode";
    assert_eq!(number(&mut session, wal), 1);
}

#[cfg(feature = "servers")]
#[test]
fn a_connection_that_the_server_has_ended_is_replaced() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            drop(people(db));
            let sessions = db.sessions(|options| {
                options.size = 1;
                options.check_after = Some(Duration::ZERO);
            });
            let mut session = sessions.session().unwrap();
            let id = connection_id(&mut session);
            drop(session);
            kill(db, id);
            let mut session = sessions.session().unwrap();
            assert_ne!(connection_id(&mut session), id);
            assert_eq!(session.query::<User>().count().unwrap(), 4);
        });
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_connection_that_breaks_in_use_is_not_given_out_again() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            drop(people(db));
            let sessions = db.sessions(|options| options.size = 1);
            let mut session = sessions.session().unwrap();
            session.add(person("bob", 1));
            session.flush().unwrap();
            let id = connection_id(&mut session);
            kill(db, id);
            assert_matches!(session.query::<User>().count(), Err(Error::Disconnected(_)));
            drop(session);
            let mut session = sessions.session().unwrap();
            assert_eq!(session.query::<User>().count().unwrap(), 4);
        });
    }
}

#[cfg(feature = "servers")]
#[test]
fn without_the_sign_of_life_the_first_statement_tells() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            drop(people(db));
            let sessions = db.sessions(|options| {
                options.size = 1;
                options.check_after = None;
            });
            let mut session = sessions.session().unwrap();
            let id = connection_id(&mut session);
            drop(session);
            kill(db, id);
            let mut session = sessions.session().unwrap();
            assert_matches!(session.query::<User>().count(), Err(Error::Disconnected(_)));
        });
    }
}
