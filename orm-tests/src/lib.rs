//! Fixtures for the integration tests: a separate database for every test, on each of the three
//! databases; a connection to it outside the session under test; and the trace of the statements
//! that a session has sent.
//!
//! ```
//! use orm_runtime::prelude::*;
//! use orm_tests::{assert_sql, on_all_databases, TestDb};
//!
//! #[derive(Entity)]
//! #[entity(table = "users")]
//! struct User { id: Auto<i64>, name: String }
//!
//! on_all_databases! {
//!     fn an_added_object_is_inserted(db: &TestDb) {
//!         let mut session = db.session_for(schema![User]);
//!         session.add(User::builder().name("ada").build());
//!         session.commit().unwrap();
//!         assert_sql!(session, "I users x1");
//!         assert_eq!(db.rows("users", "id, name"), ["1|ada"]);
//!     }
//! }
//! ```
//!
//! SQLite is always tested. PostgreSQL and MySQL are tested with the feature `servers` if
//! `ORM_TEST_POSTGRES` and `ORM_TEST_MYSQL` are the URLs of servers. With `ORM_TEST_ALL=1` the
//! tests fail if one is missing.

mod database;
#[cfg(doctest)]
pub mod derive_docs;
pub mod elsewhere;
mod oracle;
mod proxy;
mod random;
mod trace;

pub use database::{Missing, TestDb};
pub use oracle::Oracle;
pub use proxy::{Cut, Proxy};
pub use random::Random;
pub use trace::trace;

/// Generates a test of each behaviour for each database: a module with the test `sqlite`, and with
/// the feature `servers` also `postgres` and `mysql`.
#[macro_export]
macro_rules! on_all_databases {
    ($($(#[$attribute:meta])* fn $name:ident($db:ident: $ty:ty) $body:block)*) => {$(
        $(#[$attribute])*
        fn $name($db: $ty) $body

        mod $name {
            #[test]
            fn sqlite() {
                $crate::TestDb::with($crate::__private::Dialect::Sqlite, super::$name);
            }

            #[cfg(feature = "servers")]
            #[test]
            fn postgres() {
                $crate::TestDb::with($crate::__private::Dialect::Postgres, super::$name);
            }

            #[cfg(feature = "servers")]
            #[test]
            fn mysql() {
                $crate::TestDb::with($crate::__private::Dialect::Mysql, super::$name);
            }
        }
    )*};
}

/// Generates a test of each behaviour for one database: `on_one_database! { Postgres; fn … }`.
#[macro_export]
macro_rules! on_one_database {
    ($dialect:ident; $($(#[$attribute:meta])* fn $name:ident($db:ident: $ty:ty) $body:block)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            fn body($db: $ty) $body
            $crate::TestDb::with($crate::__private::Dialect::$dialect, body);
        }
    )*};
}

/// Asserts the trace of the statements that a session has sent since the last call. See [`trace`].
#[macro_export]
macro_rules! assert_sql {
    ($session:expr, $expected:expr $(,)?) => {{
        let log = $session.take_log();
        assert_eq!($crate::trace(&log), $expected, "{log:#?}");
    }};
}

/// Asserts that a session has sent no statements since the last call.
#[macro_export]
macro_rules! assert_no_sql {
    ($session:expr $(,)?) => {
        $crate::assert_sql!($session, "")
    };
}

/// Asserts that an expression matches a pattern, and shows the expression if it does not.
#[macro_export]
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {
        match $value {
            $pattern $(if $guard)? => {}
            other => panic!("expected {}, found {other:?}", stringify!($pattern $(if $guard)?)),
        }
    };
}

#[doc(hidden)]
pub mod __private {
    pub use orm_runtime::Dialect;
}
