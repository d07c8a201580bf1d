//! The session: the only part that talks to a connection. It runs the steps of the plan, hands rows
//! to the map, and keeps both true when something fails.
//!
//! | folder | what it holds |
//! |---|---|
//! | `server` | the connection, and what is known of the transaction on it |
//! | `transaction` | calls that begin and end transactions and savepoints |
//! | `unit_of_work` | objects that come and go, and members of collections |
//! | `flush` | the steps of a plan as they are sent, and what a failure leaves |
//! | `load` | objects by key, along relationships, and read again |
//! | `query` | selections of the room `select`, with the session that sends them |
//! | `bulk` | rows that pass the unit of work by |
//! | `ddl` | statements of the schema, and questions about the catalogue |

mod bulk;
mod ddl;
mod flush;
mod listeners;
mod load;
mod log;
mod options;
mod parts;
#[cfg(feature = "pool")]
mod pool;
mod query;
mod row_binds;
mod server;
mod transaction;
mod unit_of_work;

pub use bulk::bulk_upsert::{UniqueColumns, Upsert};
pub use listeners::{FlushedKind, FlushedRow, SessionListener};
pub use load::expiry::expire_deferred;
pub use load::{Loadable, load_deferred};
pub use options::{BeginMode, Lazy, SessionOptions};
pub use parts::Session;
#[cfg(feature = "pool")]
pub use pool::{NewListeners, PoolOptions, SessionFactory};
pub use query::Query;
pub use query::join::{Joined, LeftPair};
pub use query::selection::{Grouped, Selectable, Selection};
pub use query::set_statements::Assignments;
pub use query::stream::Stream;
pub use query::text_query::{SqlText, TextQuery};
pub use transaction::commit_outcome::CommitOutcome;
pub use transaction::frames::Retryable;
pub use unit_of_work::Change;
pub use unit_of_work::association::made_association;

use crate::backend::AnyConnection;
use crate::error::{Error, Result};
use server::Server;

impl Session {
    /// Opens a session by URL: `sqlite://path`, `sqlite://:memory:`, `postgres://…`, `mysql://…`,
    /// `mariadb://…`. A SQLite file that is not there is made, unless the URL ends in `?mode=rw` or
    /// `?mode=ro`; [`AnyConnection::open`] lists the options. Costs what connecting costs; SQLite
    /// files are set to enforce foreign keys, to wait for locks and to write ahead (see
    /// [`SessionOptions`]).
    ///
    /// # Errors
    /// [`Error::Connection`] when the database cannot be reached, [`Error::Configuration`] when the
    /// URL names none of the enabled databases, or has an option that is not known.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, SessionOptions::default())
    }

    /// Opens a session by URL, with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(url: &str, options: SessionOptions) -> Result<Self> {
        Ok(Self::of(Server::open(url, &options)?, options))
    }

    /// A session on a Diesel connection, as it is: one of your own, or one of a pool.
    ///
    /// On SQLite it is yours to have foreign keys enforced
    /// ([`SessionOptions::prepare`] does it).
    pub fn new(connection: impl Into<AnyConnection>) -> Self {
        Self::with_options(connection, SessionOptions::default())
    }

    /// A session on a Diesel connection, with options.
    pub fn with_options(connection: impl Into<AnyConnection>, options: SessionOptions) -> Self {
        Self::of(Server::new(connection.into(), options.begin), options)
    }

    /// The Diesel connection, for statements of your own in the session's transaction, which is
    /// begun if need be: BEGIN, or no statement. What waits is not flushed before. What the statements
    /// change in the database is not seen by objects in memory until these are
    /// [refreshed](Self::refresh).
    ///
    /// The transaction is the session's to end: leave BEGIN, COMMIT and ROLLBACK alone. After a
    /// ROLLBACK that is sent here, [`commit`](Self::commit) is [`Error::TransactionLost`]; a COMMIT is
    /// taken for what it is, and the session goes on with a new transaction. An instrumentation is set
    /// with [`set_instrumentation`](Self::set_instrumentation), and not here.
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
    /// [`Error::Configuration`] when the session runs on another kind of connection, and what
    /// beginning a transaction can fail with.
    pub fn connection<C: diesel::Connection + 'static>(&mut self) -> Result<&mut C> {
        self.begin_write()?;
        let dialect = self.dialect();
        self.sender().for_others().downcast_mut::<C>().ok_or_else(|| {
            Error::Configuration(format!(
                "the session talks to {dialect:?}, not through a {}",
                std::any::type_name::<C>()
            ))
        })
    }

    /// Connects again after [`Error::Disconnected`] or [`Error::CommitUnknown`]. Edits in memory are
    /// kept, and the next flush writes them. Only a session that was opened by URL can.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn reconnect(&mut self) -> Result<()> {
        let connection = self.server().connect_again(self.options(), "reconnect_with()")?;
        self.reconnect_with(connection);
        Ok(())
    }

    /// Goes on with another connection to the same database. Edits in memory are kept.
    pub fn reconnect_with(&mut self, connection: impl Into<AnyConnection>) {
        self.at_server(|server| server.reconnect_with(connection.into()));
        self.map_mut().expire_all();
    }
}
