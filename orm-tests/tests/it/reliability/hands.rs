//! The connection used directly by the user: the session notices what happens outside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::{Country, country, probe, raw, session_on};

/// Sends several statements at once, outside the session.
fn batch(session: &mut Session, sql: &str) {
    let sent = match session.dialect() {
        Dialect::Sqlite => {
            session.connection::<diesel::SqliteConnection>().unwrap().batch_execute(sql)
        }
        #[cfg(feature = "servers")]
        Dialect::Postgres => {
            session.connection::<diesel::PgConnection>().unwrap().batch_execute(sql)
        }
        #[cfg(feature = "servers")]
        Dialect::Mysql => {
            session.connection::<diesel::MysqlConnection>().unwrap().batch_execute(sql)
        }
        #[cfg(not(feature = "servers"))]
        other => panic!("{other:?} needs the feature `servers`"),
        _ => unreachable!("a database without tests"),
    };
    sent.unwrap();
}

/// Sets an instrumentation that replaces the session's.
fn replace(session: &mut Session, instrumentation: impl Instrumentation) {
    use diesel::Connection;
    match session.dialect() {
        Dialect::Sqlite => session
            .connection::<diesel::SqliteConnection>()
            .unwrap()
            .set_instrumentation(instrumentation),
        #[cfg(feature = "servers")]
        Dialect::Postgres => session
            .connection::<diesel::PgConnection>()
            .unwrap()
            .set_instrumentation(instrumentation),
        #[cfg(feature = "servers")]
        Dialect::Mysql => session
            .connection::<diesel::MysqlConnection>()
            .unwrap()
            .set_instrumentation(instrumentation),
        #[cfg(not(feature = "servers"))]
        other => panic!("{other:?} needs the feature `servers`"),
        _ => unreachable!("a database without tests"),
    }
}

fn counting(count: &Arc<AtomicU32>) -> impl Instrumentation + use<> {
    let count = Arc::clone(count);
    move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn insert(code: &str) -> String {
    format!("INSERT INTO country VALUES ('{code}', 'raw')")
}

fn codes(db: &TestDb) -> Vec<String> {
    db.rows("country", "code")
}

on_all_databases! {
    fn an_instrumentation_stands_beside_that_of_the_session(db: &TestDb) {
        let mut session = session_on(db);
        let count = Arc::new(AtomicU32::new(0));
        session.set_instrumentation(counting(&count));
        session.expect_statements(1, |session| session.query::<Country>().count()).unwrap();
        // BEGIN is counted as well.
        assert_eq!(count.load(Ordering::Relaxed), 2);
        session.add(country("a", "a"));
        session.commit().unwrap();
        assert!(count.load(Ordering::Relaxed) > 2);
        assert_eq!(codes(db), ["a"]);
    }

    fn an_instrumentation_that_replaces_the_sessions_own_is_noticed(db: &TestDb) {
        let mut session = session_on(db);
        let added = session.add(country("a", "a"));
        session.flush().unwrap();
        replace(&mut session, counting(&Arc::default()));
        let _ = raw(&mut session, &insert("a"));
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::TransactionLost(_));
        assert!(error.to_string().contains("Session::set_instrumentation()"), "{error}");
        assert_eq!(codes(db), Vec::<String>::new());
        assert_eq!(session.state(added), ObjectState::Pending);
        session.commit().unwrap();
        assert_eq!(codes(db), ["a"]);
        probe(db, &mut session, "end");
    }

    fn a_rollback_forgets_what_an_instrumentation_of_the_users_has_seen(db: &TestDb) {
        let mut session = session_on(db);
        replace(&mut session, counting(&Arc::default()));
        session.rollback().unwrap();
        session.add(country("a", "a"));
        session.commit().unwrap();
        assert_eq!(codes(db), ["a"]);
    }

    fn statements_that_nobody_has_seen_are_in_no_budget(db: &TestDb) {
        let mut session = session_on(db);
        let counted = session.expect_statements(1, |session| {
            session.query::<Country>().count()?;
            replace(session, counting(&Arc::default()));
            session.query::<Country>().count()
        });
        assert_matches!(counted, Err(Error::Configuration(text)) if text.contains("replaced"));
    }

    fn a_raw_rollback_is_noticed(db: &TestDb) {
        let mut session = session_on(db);
        for by in ["connection", "batch", "execute"] {
            let added = session.add(country(by, "a"));
            session.flush().unwrap();
            match by {
                "connection" => raw(&mut session, "ROLLBACK").map(drop).unwrap(),
                "batch" => batch(&mut session, &format!("{}; rollback", insert("x"))),
                _ => session.execute(diesel::sql_query("ROLLBACK")).map(drop).unwrap(),
            }
            let error = session.commit().unwrap_err();
            assert_matches!(&error, Error::TransactionLost(_));
            assert!(error.to_string().contains("ROLLBACK was sent"), "{error}");
            assert!(!codes(db).iter().any(|code| code == by || code == "x"));
            assert_eq!(session.state(added), ObjectState::Pending);
            session.commit().unwrap();
            assert!(codes(db).contains(&by.to_owned()));
        }
    }

    fn what_follows_a_raw_rollback_is_not_stored_bit_by_bit(db: &TestDb) {
        let mut session = session_on(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        raw(&mut session, "ROLLBACK").unwrap();
        session.add(country("b", "b"));
        session.flush().unwrap();
        assert_eq!(codes(db), Vec::<String>::new());
        assert_matches!(session.commit(), Err(Error::TransactionLost(_)));
        assert_eq!(codes(db), Vec::<String>::new());
        session.commit().unwrap();
        assert_eq!(codes(db), ["a", "b"]);
    }

    fn a_raw_commit_is_taken_for_what_it_is(db: &TestDb) {
        let mut session = session_on(db);
        let added = session.add(country("a", "a"));
        session.flush().unwrap();
        raw(&mut session, "COMMIT").unwrap();
        assert_eq!(codes(db), ["a"]);
        session[added].title = "later".to_owned();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|a"]);
        assert_eq!(session.state(added), ObjectState::Persistent);
        session[added].title = "again".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|again"]);
    }

    fn a_raw_commit_inside_a_savepoint_leaves_the_session_in_order(db: &TestDb) {
        let mut session = session_on(db);
        session.add(country("outer", "a"));
        let undone: Result<()> = session.savepoint(|session| {
            session.add(country("inner", "a"));
            session.flush()?;
            raw(session, "COMMIT").unwrap();
            session.add(country("later", "a"));
            session.flush()?;
            Err(Error::Configuration("no".to_owned()))
        });
        assert!(undone.is_err());
        session.commit().unwrap();
        assert_eq!(codes(db), ["inner", "outer"]);
        probe(db, &mut session, "end");
    }

    fn a_raw_begin_after_a_commit_is_an_error(db: &TestDb) {
        let mut session = session_on(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        batch(&mut session, "COMMIT; BEGIN");
        raw(&mut session, &insert("undone")).unwrap();
        session.add(country("b", "b"));
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::TransactionLost(_));
        session.commit().unwrap();
        assert_eq!(codes(db), ["a", "b"]);
    }

    fn a_savepoint_of_the_users_ends_nothing(db: &TestDb) {
        let mut session = session_on(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        batch(&mut session, "SAVEPOINT mine");
        raw(&mut session, &insert("b")).unwrap();
        batch(&mut session, "ROLLBACK TO SAVEPOINT mine; RELEASE SAVEPOINT mine");
        raw(&mut session, &insert("c; COMMIT it")).unwrap();
        session.commit().unwrap();
        assert_eq!(codes(db), ["a", "c; COMMIT it"]);
    }
}
