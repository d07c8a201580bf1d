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
#[cfg(feature = "pool")]
mod pool;
mod query;
mod row_binds;
mod server;
mod transaction;
mod unit_of_work;

use std::fmt;
use std::ops::{Deref, Index, IndexMut};

pub use bulk::bulk_upsert::{UniqueColumns, Upsert};
pub use listeners::{FlushedKind, FlushedRow, SessionListener};
pub use load::eager::load_relationship;
pub use load::expiry::{expire_deferred, expire_relationship};
pub use load::load_by_key::scope;
pub use load::{Loadable, load_deferred};
pub use options::{BeginMode, Lazy, SessionOptions};
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

use crate::backend::{AnyConnection, Dialect};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::IdentityMap;
use crate::mapping::{Entity, Writable};
use listeners::Listeners;
use server::{Outcome, Server};

/// The unit of work: objects of a database, what is to be written, and the transaction.
///
/// Everything that can send SQL takes `&mut Session` and returns a [`Result`]. Reading objects goes
/// through the [`IdentityMap`] to which a session dereferences: `session[handle].name` is a field
/// read.
///
/// A transaction begins by itself with the first statement and ends with [`commit`](Self::commit)
/// or [`rollback`](Self::rollback); dropping the session rolls back.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct User {
///     id: Auto<i64>,
///     name: String,
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![User].create_all(&mut session)?;
///
/// let ada = session.add(User::builder().name("ada").build());
/// session.commit()?;
/// session[ada].name = "Ada".to_owned();
/// session.commit()?; // UPDATE user SET name = ? WHERE id = ?
/// # Ok(()) }
/// ```
pub struct Session {
    map: IdentityMap,
    server: Server,
    options: SessionOptions,
    listeners: Listeners,
}

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
        Ok(Self::on(Server::open(url, &options)?, options))
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
        Self::on(Server::new(connection.into(), options.begin), options)
    }

    fn on(server: Server, options: SessionOptions) -> Self {
        let (map, listeners) = (IdentityMap::new(), Listeners::default());
        Session { map, server, options, listeners }
    }

    /// The database the session talks to.
    pub fn dialect(&self) -> Dialect {
        self.server.dialect()
    }

    /// The options the session was made with.
    pub fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// The session's objects, for a function that must not send SQL.
    pub fn map(&self) -> &IdentityMap {
        &self.map
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
        self.server.connection().for_others().downcast_mut::<C>().ok_or_else(|| {
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
        let connection = self.server.connect_again(&self.options, "reconnect_with()")?;
        self.reconnect_with(connection);
        Ok(())
    }

    /// Goes on with another connection to the same database. Edits in memory are kept.
    pub fn reconnect_with(&mut self, connection: impl Into<AnyConnection>) {
        self.at_server(|server| server.reconnect_with(connection.into()));
        self.map.expire_all();
    }

    /// Has something done at the server, and the map follow what became of the transaction.
    fn at_server<A>(&mut self, work: impl FnOnce(&mut Server) -> A) -> A {
        let answer = work(&mut self.server);
        for outcome in self.server.take_outcomes() {
            self.follow(outcome);
        }
        answer
    }

    fn follow(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Written(how) => self.map.note_written(how),
            Outcome::FlushUndone => self.map.revert_flush(),
            Outcome::Lost => self.map.disbelieve_transaction(),
            Outcome::CommittedByHand { savepoints } => {
                (0..savepoints).for_each(|_| self.map.release_undo_log());
                self.map.commit(self.options.expire_on_commit);
                (0..savepoints).for_each(|_| self.map.begin_undo_log());
            }
        }
    }
}

impl Deref for Session {
    type Target = IdentityMap;

    fn deref(&self) -> &IdentityMap {
        &self.map
    }
}

impl<T: Entity> Index<Handle<T>> for Session {
    type Output = T;

    /// The object of a handle. No SQL.
    ///
    /// # Panics
    /// When the object is gone or the handle belongs to another session;
    /// [`try_get`](IdentityMap::try_get) answers `None` instead.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        &self.map[handle]
    }
}

impl<T: Writable> IndexMut<Handle<T>> for Session {
    /// The object of a handle, to change it. No SQL: the next flush compares it with its row, and
    /// writes the columns that differ.
    ///
    /// # Panics
    /// When the object is gone or the handle belongs to another session.
    #[inline]
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        if self.map.try_get(handle).is_none() {
            crate::map::gone(self.map.expect(handle));
        }
        match self.map.touch(handle) {
            Some(object) => object,
            None => unreachable!("the object is there"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("dialect", &self.dialect())
            .field("map", &self.map)
            .field("transaction", self.server.state())
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.in_transaction() {
            // There is nobody left to tell of a failure; the server rolls back by itself then.
            let _ = self.server.abandon();
        }
    }
}
