//! The way to one database: what a connection has to do for a session.
//!
//! [`Connection`](super::Connection) is what a session has: it counts and logs what is sent, and runs
//! everything on a [`Transport`]. There is one for each database, over Diesel's connection:
//! `sqlite/sqlite_transport.rs`, `postgres/postgres_transport.rs`, `mysql/mysql_transport.rs`.
//!
//! # Another transport
//!
//! To reach a database through another client library, write:
//!
//! 1. **Values into a statement**: a variant of [`SqlWriter`], and for each SQL type how a value is bound
//!    to it (the trait `BindSqlite`, `BindPg` or `BindMysql` is that of Diesel's).
//! 2. **Values out of a row**: a variant of `RawRow` in `row.rs`, and for each SQL type how a value is
//!    [fetched](super::Fetch), after `holds.rs` has looked whether it fits.
//! 3. **A [`Transport`]**, and a variant of `Inner` in `any_connection.rs` that holds it.
//! 4. **Failures**: what goes wrong is a [`diesel::result::Error`], which `failure.rs` sorts. A failure of
//!    the database has its kind, its message and the names of constraint and column, as far as the
//!    database tells them. A connection that is lost is `ClosedConnection` or `BrokenTransactionManager`.
//!    What cannot be told from the kind is told from the words of the database.
//! 5. **An [`Observer`]** that is called for each statement and each change of a transaction, also for
//!    those that the user sends outside the session.
//!
//! To reach a database that speaks another SQL, write a `Dialect` with its `Database`
//! (`databases.rs`), in a folder of its own. One that is like another database takes the rest from it.
//!
//! A transport sends nothing by itself, asks nothing of the map, and does not know that there is a
//! session.

use diesel::QueryResult;

use super::any_connection::Inner;
use super::{
    AnySendable, ConnectionSetup, Cursor, Dialect, Fault, Observer, Row, SqlFragment, SqlWriter,
    TransactionControl,
};
use crate::error::Result;

/// A connection to one database.
pub(super) trait Transport: Sized + 'static {
    /// The SQL of the database.
    const DIALECT: Dialect;

    // What a session finds and leaves.

    /// Sets up a connection that was opened here.
    fn prepare(&mut self, setup: &ConnectionSetup) -> QueryResult<()>;

    /// Makes a connection ready for a session, however often it has been so. Sends nothing.
    fn take_over(&mut self);

    /// Puts an observer on the connection.
    fn observe(&mut self, observer: Observer);

    /// Returns the observer, unless another instrumentation has taken its place.
    fn observer(&mut self) -> Option<&mut Observer>;

    /// Takes the observer off a connection that a session leaves.
    fn give_back(&mut self);

    // Statements.

    /// Returns the text of a statement, or of a part of one.
    fn text(fragment: &dyn SqlFragment) -> QueryResult<String>;

    /// Runs the conversions of a statement's values, and does not send it.
    fn check_values(&mut self, statement: &dyn SqlFragment) -> QueryResult<()>;

    /// Sends a statement that returns no rows, and returns how many it changed.
    fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize>;

    /// Sends a statement and hands over its rows one by one.
    fn load<S: AnySendable>(
        &mut self,
        statement: S,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault>;

    /// Sends a statement and leaves its rows at the server until they are asked for.
    fn cursor<'c>(&'c mut self, statement: Box<dyn SqlFragment + 'c>) -> QueryResult<Cursor<'c>>;

    /// Sends text without values, which may be several statements.
    fn batch(&mut self, sql: &str) -> QueryResult<()>;

    /// Sends rows in bulk, where the database has a way of its own for that.
    fn copy<'b>(
        &mut self,
        _target: impl FnOnce() -> String,
        _fields: usize,
        _rows: &[u32],
        _bind: &dyn Fn(u32, &mut SqlWriter<'_, 'b>) -> QueryResult<()>,
    ) -> Option<QueryResult<usize>> {
        None
    }

    // Transactions.

    /// Begins a transaction with the database's own words, such as `BEGIN IMMEDIATE`.
    fn begin_with(&mut self, sql: &str) -> QueryResult<()>;

    /// Begins or ends a transaction, or a savepoint where a transaction is open.
    fn control(&mut self, control: TransactionControl) -> QueryResult<()>;

    /// Returns how many transactions and savepoints are open, as the client library knows it, or `None`
    /// if the connection is broken.
    fn depth(&mut self) -> Option<u32>;

    /// Makes the client library believe that no transaction is open, unless the connection is broken.
    fn forget_transactions(&mut self);
}

/// Runs the same code on the connection of each database.
macro_rules! on_transport {
    ($inner:expr, $c:ident => $body:expr) => {
        match $inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite($c) => {
                let $c: &mut diesel::SqliteConnection = &mut *$c;
                $body
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres($c) => {
                let $c: &mut diesel::PgConnection = &mut *$c;
                $body
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql($c) => {
                let $c: &mut diesel::MysqlConnection = &mut *$c;
                $body
            }
        }
    };
}
pub(super) use on_transport;

impl Inner {
    /// Returns the SQL of the database.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => diesel::SqliteConnection::DIALECT,
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => diesel::PgConnection::DIALECT,
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => diesel::MysqlConnection::DIALECT,
        }
    }
}

/// Returns the text of a statement, or of a part of one, as a database gets it.
pub(crate) fn fragment_text(dialect: Dialect, fragment: &dyn SqlFragment) -> QueryResult<String> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => diesel::SqliteConnection::text(fragment),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => diesel::PgConnection::text(fragment),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => diesel::MysqlConnection::text(fragment),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
        _ => {
            const OTHER: &str = "the feature of orm-runtime for this database is not enabled";
            Err(diesel::result::Error::QueryBuilderError(OTHER.into()))
        }
    }
}
