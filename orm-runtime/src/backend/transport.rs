//! Access to one database: what a connection does for a session.
//!
//! [`Connection`](super::Connection) is what a session has: it counts and logs what is sent, and
//! runs everything on a [`Transport`]. There is one for each database, over Diesel's connection:
//! `sqlite/sqlite_transport.rs`, `postgres/postgres_transport.rs`, `mysql/mysql_transport.rs`.
//!
//! # Another transport
//!
//! To reach a database through another client library, write:
//!
//! 1. **Values into a statement**: a variant of [`SqlWriter`], and for each SQL type how a value is
//!    bound to it (the traits `BindSqlite`, `BindPg` and `BindMysql` are for Diesel).
//! 2. **Values out of a row**: a variant of `RawRow` in `row.rs`, and for each SQL type how a value
//!    is [fetched](super::Fetch), after `holds.rs` has checked that it fits.
//! 3. **A [`Transport`]**, and a variant of `Inner` in `any_connection.rs` that holds it.
//! 4. **Failures**: every failure is a [`diesel::result::Error`], which `failure.rs` classifies. A
//!    failure of the database has its kind, its message and, if the database reports them, the
//!    names of constraint and column. A lost connection is `ClosedConnection` or
//!    `BrokenTransactionManager`. What the kind does not show is recognised by the message of the
//!    database.
//! 5. **An [`Observer`]** that is called for each statement and each change of a transaction,
//!    including those that the user sends outside the session.
//!
//! To reach a database with a different SQL dialect, write a `Dialect` with its `Database`
//! (`databases.rs`), in its own folder. A database that resembles another one takes the rest from
//! it.
//!
//! A transport sends nothing by itself, does not use the map, and does not know the session.

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

    // The start and the end of a session.

    /// Sets up a connection that was opened here.
    fn prepare(&mut self, setup: &ConnectionSetup) -> QueryResult<()>;

    /// Prepares a connection for a session, even if it was prepared before. Sends no SQL.
    fn take_over(&mut self);

    /// Installs an observer on the connection.
    fn observe(&mut self, observer: Observer);

    /// Returns the observer, unless another instrumentation has replaced it.
    fn observer(&mut self) -> Option<&mut Observer>;

    /// Removes the observer when a session returns the connection.
    fn give_back(&mut self);

    // Statements.

    /// Returns the text of a statement, or of a part of one.
    fn text(fragment: &dyn SqlFragment) -> QueryResult<String>;

    /// Runs the conversions of a statement's values. Sends no SQL.
    fn check_values(&mut self, statement: &dyn SqlFragment) -> QueryResult<()>;

    /// Sends a statement that returns no rows, and returns how many it changed.
    fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize>;

    /// Sends a statement and passes on its rows one by one.
    fn load<S: AnySendable>(
        &mut self,
        statement: S,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault>;

    /// Sends a statement and leaves its rows at the server until they are read.
    fn cursor<'c>(&'c mut self, statement: Box<dyn SqlFragment + 'c>) -> QueryResult<Cursor<'c>>;

    /// Sends text without values, which may be several statements.
    fn batch(&mut self, sql: &str) -> QueryResult<()>;

    /// Sends rows in bulk, if the database has a special protocol for it.
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

    /// Begins a transaction with SQL of the database, such as `BEGIN IMMEDIATE`.
    fn begin_with(&mut self, sql: &str) -> QueryResult<()>;

    /// Begins or ends a transaction, or a savepoint if a transaction is open.
    fn control(&mut self, control: TransactionControl) -> QueryResult<()>;

    /// Returns how many transactions and savepoints are open according to the client library, or
    /// `None` if the connection is broken.
    fn depth(&mut self) -> Option<u32>;

    /// Tells the client library that no transaction is open, unless the connection is broken.
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
    /// Returns the SQL dialect of the database.
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

    /// Returns the text of a statement, or of a part of one.
    pub(super) fn text(&self, fragment: &dyn SqlFragment) -> QueryResult<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => diesel::SqliteConnection::text(fragment),
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => diesel::PgConnection::text(fragment),
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => diesel::MysqlConnection::text(fragment),
        }
    }
}
