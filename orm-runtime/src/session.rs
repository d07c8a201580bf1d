//! The session: the only part that talks to a connection. It runs the steps of a plan, hands rows
//! to the identity map, and keeps the map consistent with the database when something fails.
//!
//! | folder | what it holds |
//! |---|---|
//! | `server` | the connection, and the state of its transaction |
//! | `transaction` | calls that begin and end transactions and savepoints |
//! | `unit_of_work` | adding and removing objects, and members of collections |
//! | `flush` | the steps of a plan as they are sent, and recovery from a failed flush |
//! | `load` | loading objects by key and along relationships, and reading them again |
//! | `query` | the selections of the room `select`, with the session that sends them |
//! | `bulk` | rows that bypass the unit of work |
//! | `asynchronous` | units of work that are awaited, with the feature `tokio` |
//! | `ddl` | schema statements, and queries about the catalogue |

#[cfg(feature = "tokio")]
mod asynchronous;
mod budget;
mod bulk;
mod cancelling;
mod configure;
mod ddl;
mod flush;
mod listeners;
mod load;
mod log;
mod observing;
mod options;
#[cfg(feature = "pool")]
mod outer_transaction;
mod parts;
#[cfg(feature = "pool")]
mod pool;
#[cfg(feature = "pool")]
mod pool_options;
mod query;
mod row_binds;
mod server;
mod statement_hooks;
mod transaction;
mod unit_of_work;

#[cfg(feature = "tokio")]
pub use asynchronous::{
    AsyncQuery, AsyncSession, AsyncSessionFactory, AsyncStream, Settled, StreamSender,
};
pub use budget::Budget;
pub use bulk::bulk_builder::Bulk;
pub use bulk::bulk_insert::BulkInsert;
pub use bulk::bulk_update::BulkUpdate;
pub use bulk::bulk_upsert::{BulkUpsert, Excluded, UpsertOutcome, Upserted, excluded};
pub use bulk::unique_columns::ColumnNames;
pub use listeners::{FlushedKind, FlushedRow, SessionListener};
pub use load::expiry::expire_deferred;
pub use load::{Loadable, load_deferred};
pub use options::{BeginMode, Lazy, Reads, SessionOptions};
#[cfg(feature = "pool")]
pub use outer_transaction::OuterTransaction;
pub use parts::Session;
#[cfg(feature = "pool")]
pub use pool::SessionFactory;
#[cfg(feature = "pool")]
pub use pool_options::{NewListeners, Observers, PoolOptions, Rewriters};
pub use query::Query;
pub use query::insert_into::IntoColumns;
pub use query::join::{Joined, LeftPair};
pub use query::page::Page;
pub use query::page_range::PageRange;
pub use query::pages::Pages;
pub use query::selection::{Grouped, Selectable, Selection};
pub use query::set_statements::Assignments;
pub use query::stream::Stream;
pub use query::text_query::{SqlText, TextQuery};
pub use transaction::commit_outcome::CommitOutcome;
pub use transaction::frames::Retryable;
pub use unit_of_work::Change;
pub use unit_of_work::association::made_association;

use crate::backend::{AnyConnection, ConnectOptions, DatabaseUrl};
use crate::error::{Error, Result};
use server::Server;

impl Session {
    /// Opens a session by URL: `sqlite://path`, `sqlite://:memory:`, `postgres://…`, `mysql://…` or
    /// `mariadb://…`.
    ///
    /// A SQLite file that does not exist is created, unless the URL ends in `?mode=rw` or
    /// `?mode=ro`; [`AnyConnection::open`] lists the options. SQLite connections enforce foreign
    /// keys, wait for locks and use a write-ahead log (see [`SessionOptions`]). Sends only the
    /// statements that set up the connection.
    ///
    /// # Errors
    /// Returns [`Error::Connection`] if the database cannot be reached, and
    /// [`Error::Configuration`] if the URL names none of the enabled databases or has an unknown
    /// option.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, SessionOptions::default())
    }

    /// Opens a session by URL, with options.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open).
    pub fn open_with(url: &str, options: SessionOptions) -> Result<Self> {
        Self::open_target(DatabaseUrl::parse(url)?, options)
    }

    /// Opens a session by the parts of a connection, as [`open`](Self::open) does by URL. Sends
    /// only the statements that set up the connection.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), and any error of the database about a setting.
    pub fn connect(target: &ConnectOptions) -> Result<Self> {
        Self::connect_with(target, SessionOptions::default())
    }

    /// Opens a session by the parts of a connection, with options.
    ///
    /// # Errors
    /// Returns the errors of [`connect`](Self::connect).
    pub fn connect_with(target: &ConnectOptions, options: SessionOptions) -> Result<Self> {
        Self::open_target(target.resolve()?, options)
    }

    fn open_target(url: DatabaseUrl, options: SessionOptions) -> Result<Self> {
        Ok(Self::of(Server::open(url, &options)?, options))
    }

    /// Creates a session on an existing Diesel connection: one of your own, or one from a pool.
    /// Sends no SQL.
    ///
    /// The connection is used as it is. On SQLite, enable foreign keys yourself;
    /// [`SessionOptions::prepare`] does so.
    pub fn new(connection: impl Into<AnyConnection>) -> Self {
        Self::with_options(connection, SessionOptions::default())
    }

    /// Creates a session on an existing Diesel connection, with options. Sends no SQL.
    pub fn with_options(connection: impl Into<AnyConnection>, options: SessionOptions) -> Self {
        Self::of(Server::new(connection.into(), &options), options)
    }

    /// Returns the Diesel connection, to send your own statements in the session's transaction.
    /// Begins the transaction if none is open, which sends at most one BEGIN.
    ///
    /// Pending changes are not flushed first. Objects in memory do not see changes that these
    /// statements make in the database until you [refresh](Self::refresh) them.
    ///
    /// Do not send BEGIN, COMMIT or ROLLBACK here: the session ends the transaction. After a
    /// ROLLBACK sent here, [`commit`](Self::commit) returns [`Error::TransactionLost`]. After a
    /// COMMIT sent here, everything flushed so far is stored, and the session continues with a new
    /// transaction. To set an instrumentation, call
    /// [`set_instrumentation`](Self::set_instrumentation) on the session, not on this connection.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// use diesel::RunQueryDsl;
    ///
    /// let connection = session.connection::<diesel::SqliteConnection>()?;
    /// diesel::sql_query("CREATE TABLE note (id INTEGER PRIMARY KEY)").execute(connection)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if the session uses another kind of connection, and any
    /// error from beginning the transaction.
    pub fn connection<C: diesel::Connection + 'static>(&mut self) -> Result<&mut C> {
        self.begin_write()?;
        let dialect = self.dialect();
        self.sender().for_others().downcast_mut::<C>().ok_or_else(|| {
            Error::Configuration(format!(
                "the session's connection is to {dialect:?}, and is not a {}",
                std::any::type_name::<C>()
            ))
        })
    }

    /// Connects again after [`Error::Disconnected`] or [`Error::CommitUnknown`]. Edits in memory
    /// are kept, and the next flush writes them. Works only for a session that was opened by URL;
    /// otherwise use [`reconnect_with`](Self::reconnect_with).
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), and [`Error::Configuration`] if the session was
    /// not opened by URL.
    pub fn reconnect(&mut self) -> Result<()> {
        let connection = self.server().connect_again(self.options(), "reconnect_with()")?;
        self.reconnect_with(connection);
        Ok(())
    }

    /// Continues with another connection to the same database. Edits in memory are kept. Sends no
    /// SQL.
    pub fn reconnect_with(&mut self, connection: impl Into<AnyConnection>) {
        self.at_server(|server| server.reconnect_with(connection.into()));
        self.map_mut().expire_all();
    }
}
