//! Connections by their parts instead of a URL.

use orm_runtime::SessionOptions;
use orm_runtime::connection::ConnectOptions;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, number, people};

/// Takes the URL of a test's database apart.
fn parts(db: &TestDb) -> ConnectOptions {
    if let Some(file) = db.file() {
        return ConnectOptions::sqlite(file.display().to_string());
    }
    let (_, rest) = db.url().split_once("://").unwrap();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, place) = place.rsplit_once('@').unwrap_or(("", place));
    let (host, database) = place.split_once('/').unwrap();
    let mut parts = match db.dialect() {
        Dialect::Postgres => ConnectOptions::postgres().setting("search_path", db.name()),
        _ => ConnectOptions::mysql(),
    };
    parts = parts.database(database);
    if !user.is_empty() {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        parts = parts.user(name);
        if !password.is_empty() {
            parts = parts.password(password);
        }
    }
    if let Some((host, port)) = host.split_once(':') {
        parts = parts.host(host).port(port.parse().unwrap());
    } else if !host.is_empty() {
        parts = parts.host(host);
    }
    let options = query.split('&').filter_map(|option| option.split_once('='));
    parts.options(options.filter(|(name, _)| *name != "options"))
}

on_all_databases! {
    fn a_session_and_a_pool_are_opened_by_parts(db: &TestDb) {
        drop(people(db));
        let (name, value, ask) = match db.dialect() {
            Dialect::Sqlite => {
                ("cache_size", "-1234", "SELECT -cache_size AS value FROM pragma_cache_size")
            }
            Dialect::Postgres => (
                "statement_timeout",
                "1234 ms",
                "SELECT setting::bigint AS value FROM pg_settings WHERE name = 'statement_timeout'",
            ),
            _ => ("wait_timeout", "1234", "SELECT CAST(@@wait_timeout AS SIGNED) AS value"),
        };
        let target = parts(db).setting(name, value);
        let mut session = Session::connect(&target).unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(number(&mut session, ask), 1234);
        session.rollback().unwrap();
        session.reconnect().unwrap();
        assert_eq!(number(&mut session, ask), 1234, "each connection has the settings");
        drop(session);
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let session = Session::connect_with(&target, options).unwrap();
        assert!(!session.options().autoflush);
        let sessions = SessionFactory::connect(&target, |pool| pool.size = 1).unwrap();
        assert_eq!(number(&mut sessions.session().unwrap(), ask), 1234);
    }

    fn what_is_not_understood_is_refused(db: &TestDb) {
        let refused = |target: ConnectOptions| Session::connect(&target).unwrap_err();
        let error = refused(parts(db).option("no_such_option", "1"));
        assert_matches!(&error, Error::Configuration(_));
        assert!(error.to_string().contains("option"), "{error}");
        let error = refused(parts(db).setting("no_such_setting", "1"));
        assert_matches!(&error, Error::Database(_) | Error::Connection(_));
        assert!(error.to_string().contains("no_such_setting"), "{error}");
        let error = refused(parts(db).setting("a = 1; DROP TABLE users; --", "1"));
        assert_matches!(error, Error::Configuration(_));
    }
}

on_one_database! {
    Sqlite;
    fn parts_that_a_file_does_not_have_are_refused(db: &TestDb) {
        for target in [
            parts(db).host("localhost"),
            parts(db).user("me").password("swordfish"),
            parts(db).setting("journal_mode", "DELETE"),
        ] {
            let error = Session::connect(&target).unwrap_err();
            assert_matches!(&error, Error::Configuration(_));
            assert!(!error.to_string().contains("swordfish"), "{error}");
        }
        drop(people(db));
        let mut session = Session::connect(&parts(db).option("mode", "ro")).unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        session.query::<User>().delete().unwrap_err();
        let gone = ConnectOptions::sqlite("/nowhere/at all?&#.db").option("mode", "rw");
        assert_matches!(Session::connect(&gone), Err(Error::Connection(_)));
    }
}

#[test]
fn parts_show_no_password() {
    let target = ConnectOptions::postgres()
        .user("me")
        .password("swordfish")
        .option("sslpassword", "swordfish");
    let shown = format!("{target:?}");
    assert!(shown.contains("\"me\"") && !shown.contains("swordfish"), "{shown}");
}
