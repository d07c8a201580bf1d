//! A connection that the server ends.

use orm_runtime::events::SessionListener;
use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::{Country, Item, country, item, probe, raw, raw_number, session_on};

/// A listener that causes failures before a commit, and drops the errors.
struct Swallows;

impl SessionListener for Swallows {
    fn before_commit(&mut self, session: &mut Session) -> Result<()> {
        let _ = session.query::<Country>().all();
        Ok(())
    }
}

/// Makes the server end the session's connection. SQLite has no server.
fn kill(db: &TestDb, session: &mut Session) {
    let id = connection_id(session);
    kill_id(db, id);
}

fn connection_id(session: &mut Session) -> i64 {
    let id = match session.dialect() {
        Dialect::Postgres => "SELECT CAST(pg_backend_pid() AS BIGINT) AS value",
        Dialect::Sqlite | Dialect::Mysql => "SELECT CAST(connection_id() AS SIGNED) AS value",
        _ => unreachable!("a database without tests"),
    };
    raw_number(session, id).unwrap()
}

fn kill_id(db: &TestDb, id: i64) {
    match db.dialect() {
        Dialect::Postgres => {
            let end = format!("SELECT CASE WHEN pg_terminate_backend({id}) THEN 1 ELSE 0 END AS v");
            db.execute(&end);
            wait_until_gone(
                db,
                &format!("SELECT count(*) AS value FROM pg_stat_activity WHERE pid = {id}"),
            );
        }
        Dialect::Sqlite | Dialect::Mysql => {
            db.execute(&format!("KILL {id}"));
            wait_until_gone(
                db,
                &format!(
                    "SELECT count(*) AS value FROM information_schema.processlist WHERE id = {id}"
                ),
            );
        }
        _ => unreachable!("a database without tests"),
    }
}

fn wait_until_gone(db: &TestDb, count: &str) {
    let mut oracle = db.oracle();
    let since = std::time::Instant::now();
    while oracle.number(count) != 0 {
        assert!(since.elapsed() < super::PATIENCE, "the connection does not end");
        std::thread::yield_now();
    }
}

on_all_databases! {
    // fact 6, scenario 15
    fn a_lost_connection_loses_no_edit(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        let stored = session.add(country("stored", "old"));
        session.commit().unwrap();
        // The connection is lost after this number of flushes in the transaction.
        for before in 0..4 {
            let mut added = Vec::new();
            session[stored].title = format!("new {before}");
            for n in 0..=before {
                added.push(session.add(item(format!("item {before} {n}"))));
                if n < before {
                    session.flush().unwrap();
                }
            }
            kill(db, &mut session);

            let error = session.flush().unwrap_err();

            assert_matches!(error, Error::Disconnected(_));
            assert!(error.is_disconnect() && !error.is_retryable());
            assert_matches!(session.flush(), Err(Error::Disconnected(_)));
            assert_matches!(session.query::<Item>().all(), Err(Error::Disconnected(_)));
            assert_matches!(session.commit(), Err(Error::Disconnected(_)));
            for &handle in &added {
                assert_eq!(session.state(handle), ObjectState::Pending, "after {before} flushes");
                assert_eq!(session.key(handle), None);
            }
            assert_eq!(session[stored].title, format!("new {before}"));
            assert!(session.is_dirty(stored));

            session.reconnect().unwrap();
            session.flush().unwrap();
            session.commit().unwrap();
            let mine = format!("item {before} ");
            let names = db.rows("item", "name");
            assert_eq!(names.iter().filter(|name| name.starts_with(&mine)).count(), before + 1);
            assert_eq!(db.rows("country", "title"), [format!("new {before}")]);
        }
        probe(db, &mut session, "end");
    }

    fn every_way_to_meet_a_lost_connection_is_disconnected(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        type Call = fn(&mut Session) -> Result<()>;
        let calls: [(&str, Call); 9] = [
            ("get", |session| session.get::<Country>("a".to_owned()).map(drop)),
            ("query", |session| session.query::<Country>().all().map(drop)),
            ("count", |session| session.query::<Country>().count().map(drop)),
            ("get_many", |session| {
                session.get_many::<Country>(["a".to_owned(), "b".to_owned()]).map(drop)
            }),
            ("bulk_insert", |session| session.bulk_insert([country("a", "b")]).map(drop)),
            ("update", |session| {
                session.query::<Country>().update(country::title.eq("x")).map(drop)
            }),
            ("savepoint", |session| session.savepoint(|_| Ok(()))),
            ("flush", |session| {
                session.add(country("z", "b"));
                session.flush()
            }),
            ("from_sql", |session| {
                session.from_sql::<Country>("SELECT code, title FROM country").all().map(drop)
            }),
        ];
        for (name, call) in calls {
            // Inside a transaction, and before one begins.
            for inside in [true, false] {
                let id = connection_id(&mut session);
                if !inside {
                    session.rollback().unwrap();
                }
                kill_id(db, id);
                let error = call(&mut session).unwrap_err();
                assert_matches!(error, Error::Disconnected(_));
                session.rollback().unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(session.query::<Country>().count().unwrap(), 0, "{name}");
                session.rollback().unwrap();
                session.clear();
            }
        }
        probe(db, &mut session, "end");
    }

    fn a_commit_over_a_lost_connection_is_not_a_success(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        session.add(country("a", "b"));
        session.flush().unwrap();
        kill(db, &mut session);
        let error = session.commit().unwrap_err();
        assert!(error.is_disconnect(), "{error:?}");
        assert_eq!(db.count("country"), 0);
        session.reconnect().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code"), ["a"]);
    }

    fn a_listener_that_keeps_a_lost_connection_to_itself_makes_no_success(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        session.listen(Swallows);
        session.bulk_insert([country("a", "b")]).unwrap();
        kill(db, &mut session);
        let error = session.commit().unwrap_err();
        assert_matches!(error, Error::Disconnected(_));
        assert_eq!(db.count("country"), 0);
    }

    fn a_statement_past_the_session_finds_the_lost_connection(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        session.add(country("a", "b"));
        session.flush().unwrap();
        kill(db, &mut session);
        let error = raw(&mut session, "INSERT INTO country VALUES ('x', 'y')").unwrap_err();
        assert_matches!(error.database().map(|error| error.kind), Some(DatabaseErrorKind::Disconnected));
        assert!(session.commit().unwrap_err().is_disconnect());
        session.reconnect().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code"), ["a"]);
    }

    fn a_savepoint_over_a_lost_connection_is_undone_in_memory(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut session = session_on(db);
        let outer = session.add(country("outer", "before"));
        let mut inner = None;
        let result = session.savepoint(|session| {
            session[outer].title = "inside".to_owned();
            inner = Some(session.add(country("inner", "inside")));
            session.flush()?;
            kill(db, session);
            session.add(country("more", "inside"));
            session.flush()
        });
        assert_matches!(result, Err(Error::Disconnected(_)));
        assert_eq!(session[outer].title, "before");
        assert_eq!(session.state(outer), ObjectState::Pending);
        assert_eq!(session.state(inner.unwrap()), ObjectState::Transient);
        session.reconnect().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["outer|before"]);
    }

    fn a_new_connection_has_the_same_options(db: &TestDb) {
        let mut session = session_on(db);
        session.add(country("a", "b"));
        session.flush().unwrap();
        session.reconnect().unwrap();
        session.commit().unwrap();
        if db.dialect() == Dialect::Sqlite {
            let on = raw_number(&mut session, "SELECT foreign_keys AS value FROM pragma_foreign_keys");
            assert_eq!(on.unwrap(), 1);
        }
        assert_eq!(db.rows("country", "code"), ["a"]);
    }
}
