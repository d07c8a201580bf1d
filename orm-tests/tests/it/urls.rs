//! Database URLs, which are either understood completely or refused.

use orm_runtime::SessionFactory;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches};

use crate::people::{User, people, person};

/// Returns the message with which both a session and a pool refuse a URL.
fn refused(url: &str) -> String {
    let error = Session::open(url).unwrap_err();
    let pool = SessionFactory::new(url, |_| ()).unwrap_err();
    assert_matches!(&error, Error::Configuration(_));
    assert_eq!(error.to_string(), pool.to_string());
    error.to_string()
}

#[test]
fn an_option_that_is_not_known_is_refused() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    let text = refused(&format!("{}?mod=ro", db.url()));
    assert_eq!(
        text,
        "the URL of the SQLite database has an unknown option; the options are cache, \
         immutable, mode, modeof, nolock, psow, vfs"
    );
    assert!(!db.file().unwrap().exists(), "nothing was created");
    let text = refused("mysql://orm:orm@127.0.0.1:1/base?sslmode=disabled");
    assert!(text.contains("the options are ssl_ca, ssl_cert, ssl_key, ssl_mode"), "{text}");
    let text = refused("mariadb://127.0.0.1:1/base?ssl_mode=disabled&ssl_mode=required");
    assert!(text.contains("repeats an option"), "{text}");
}

#[test]
fn an_option_of_a_file_is_refused_for_a_database_in_memory() {
    let text = refused("sqlite://:memory:?mode=ro");
    assert!(text.contains("in-memory") && text.contains("`mode`"), "{text}");
    assert!(!std::path::Path::new(":memory:?mode=ro").exists(), "no file has that name");
}

#[test]
fn a_file_can_be_read_only() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    let missing = Session::open(&format!("{}?mode=ro", db.url())).unwrap_err();
    assert_matches!(missing, Error::Connection(_));
    drop(people(&db));
    for url in ["mode=ro", "mode=ro&cache=private", "immutable=1"] {
        let mut session = Session::open(&format!("{}?{url}", db.url())).unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        session.rollback().unwrap();
        session.add(person("bob", 1));
        let error = session.commit().unwrap_err().to_string();
        assert!(error.contains("readonly"), "{error}");
    }
    let sessions = SessionFactory::new(&format!("{}?mode=ro", db.url()), |_| ()).unwrap();
    assert_eq!(sessions.session().unwrap().query::<User>().count().unwrap(), 4);
}

#[test]
fn a_pool_shares_a_database_in_memory_or_has_none() {
    for private in ["sqlite://:memory:", "sqlite://", "sqlite://x?mode=memory"] {
        let error = SessionFactory::new(private, |_| ()).unwrap_err();
        assert_matches!(&error, Error::Configuration(_));
        assert!(error.to_string().contains("sqlite://name?mode=memory&cache=shared"), "{error}");
    }
    let url = "sqlite://a_pool_shares?mode=memory&cache=shared";
    let sessions = SessionFactory::new(url, |options| options.size = 3).unwrap();
    let mut first = sessions.session().unwrap();
    schema![User].create_all(&mut first).unwrap();
    first.add(person("bob", 1));
    first.commit().unwrap();
    let mut second = sessions.session().unwrap();
    assert_eq!(second.query::<User>().count().unwrap(), 1);
    assert!(!std::path::Path::new("a_pool_shares").exists());
}
