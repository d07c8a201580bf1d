//! The options of a session.

use crate::backend::{
    AnyConnection, ConnectionSetup, DatabaseUrl, Synchronous, TransactionOptions,
};
use crate::error::{Error, Result};

/// The options of a session. The defaults suit an application.
///
/// ```
/// use orm_runtime::{Session, SessionOptions};
///
/// # fn main() -> orm_runtime::Result<()> {
/// let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
/// let session = Session::open_with("sqlite://:memory:", options)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Whether objects are stale after a commit, so that the next query that reads their rows takes
    /// the new values. Reading a stale object never sends SQL. Default: `true`.
    pub expire_on_commit: bool,
    /// Whether a query first flushes pending changes. Default: `true`.
    pub autoflush: bool,
    /// How transactions begin on SQLite. Default: [`BeginMode::Auto`].
    pub begin: BeginMode,
    /// How long SQLite waits for a lock, in milliseconds. Applies to connections that the session
    /// opens. Default: 5,000.
    pub busy_timeout_ms: u32,
    /// Whether SQLite enforces foreign keys. Applies to connections that the session opens.
    /// Default: `true`.
    pub foreign_keys: bool,
    /// Whether a SQLite file uses a write-ahead log (WAL), with `synchronous = NORMAL`. Applies to
    /// connections that the session opens. Default: `true`.
    pub write_ahead: bool,
    /// When SQLite waits until its files are on the disk. Applies to connections that the session
    /// opens. Default: `None`, which is [`Synchronous::Normal`] with a write-ahead log, and
    /// SQLite's own default ([`Synchronous::Full`]) without.
    pub synchronous: Option<Synchronous>,
    /// The options of the session's transactions: isolation level, read-only, time-outs. Default:
    /// everything is left to the server.
    pub transaction: TransactionOptions,
    /// Whether a read begins a transaction. Default: [`Reads::InTransaction`].
    pub reads: Reads,
    /// Whether to ask PostgreSQL for the transaction's ID before COMMIT, so that
    /// [`resolve_commit`](crate::Session::resolve_commit) can find out whether the transaction was
    /// stored if the connection breaks. Costs one round trip for each transaction that writes.
    /// Default: `false`.
    pub resolvable_commits: bool,
    /// Which objects one [`load`](crate::Session::load) loads a relationship for. Default:
    /// [`Lazy::Cohort`].
    pub lazy: Lazy,
    /// How long a schema statement (`create_all`, `drop_all`, `apply`) waits for a lock on
    /// PostgreSQL and MySQL, in milliseconds. When the time is over, the call returns
    /// [`Error::Conflict`](crate::Error::Conflict), which says who holds the lock. A shorter
    /// timeout set by the server or the connection is kept. Default: 10,000.
    pub ddl_lock_timeout_ms: u32,
    /// Whether the [name](crate::Session::query) of a query is sent as an SQL comment in front of
    /// its statements, so that the database's own reports show it. Default: `false`.
    pub comment_names: bool,
}

/// Which objects [`load`](crate::Session::load) loads a relationship for, if it is not loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lazy {
    /// This object alone.
    One,
    /// All objects that were loaded together with this one and lack the relationship too, so
    /// that a loop over them sends one statement for each batch.
    #[default]
    Cohort,
    /// None: the load is an error that names the relationship and the call to make. For tests
    /// that must find such loads. [`load_all`](crate::Session::load_all) and `eager` still load.
    Raise,
}

/// Whether a read begins a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads {
    /// The first read begins a transaction, which stays open until it is ended.
    #[default]
    InTransaction,
    /// A read outside [`transaction`](crate::Session::transaction) and
    /// [`savepoint`](crate::Session::savepoint) is sent without BEGIN if no transaction is open:
    /// two round trips less for work that only reads, and no transaction stays open. The first
    /// statement that writes or locks begins the transaction as usual.
    ///
    /// Each such SELECT sees the database as it is then, so several of them may see different
    /// states. What they have read is not believed when a flush decides what to write: it is read
    /// again in the transaction. [`release`](crate::Session::release) makes objects stale without
    /// a statement. With options in [`SessionOptions::transaction`], reads begin a transaction,
    /// because these options belong to transactions.
    Autocommit,
}

/// How a transaction begins on SQLite, where only one transaction can write at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginMode {
    /// Sends `BEGIN IMMEDIATE` if the first statement writes or if [`retry`](crate::Session::retry)
    /// runs the transaction again, and `BEGIN DEFERRED` if the first statement reads.
    #[default]
    Auto,
    /// Takes no lock until a statement needs one. A transaction that reads and then writes may
    /// fail, and must then be run again.
    Deferred,
    /// Takes the write lock when the transaction begins, and waits for it.
    Immediate,
    /// Locks the whole database when the transaction begins.
    Exclusive,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            expire_on_commit: true,
            autoflush: true,
            begin: BeginMode::Auto,
            busy_timeout_ms: 5_000,
            foreign_keys: true,
            write_ahead: true,
            synchronous: None,
            transaction: TransactionOptions::default(),
            reads: Reads::default(),
            resolvable_commits: false,
            lazy: Lazy::default(),
            ddl_lock_timeout_ms: 10_000,
            comment_names: false,
        }
    }
}

impl SessionOptions {
    /// Sets up a connection as [`Session::open_with`](crate::Session::open_with) does.
    ///
    /// On SQLite it sets foreign keys, the busy timeout and the journal mode. On MySQL it makes 0 a
    /// valid key, and requests error messages in English, because the kind of an error is read from
    /// its message. Sends one round trip, and nothing on PostgreSQL. The first connection to MySQL
    /// in a process also reads a constant, because some client libraries return empty strings.
    ///
    /// # Errors
    /// Returns any database error; on MySQL also an error if the client library returns
    /// empty strings.
    pub fn prepare(&self, connection: &mut AnyConnection) -> Result<()> {
        Ok(connection.prepare(&self.setup(self.write_ahead))?)
    }

    /// Returns the setup of a connection by this URL. A read-only file keeps its journal mode.
    pub(super) fn connection_setup(&self, url: &DatabaseUrl) -> ConnectionSetup {
        self.setup(self.write_ahead && !url.read_only)
    }

    /// Checks that the options that apply when a connection is opened are the same.
    pub(super) fn keeps_connections_of(&self, other: &SessionOptions) -> Result<()> {
        if self.setup(self.write_ahead) == other.setup(other.write_ahead) {
            return Ok(());
        }
        Err(Error::Configuration(
            "busy_timeout_ms, foreign_keys, write_ahead and synchronous apply when a connection is \
             opened; set them in the SessionOptions that open the session"
                .to_owned(),
        ))
    }

    fn setup(&self, write_ahead: bool) -> ConnectionSetup {
        ConnectionSetup {
            busy_timeout_ms: self.busy_timeout_ms,
            foreign_keys: self.foreign_keys,
            write_ahead,
            synchronous: self.synchronous,
        }
    }
}
