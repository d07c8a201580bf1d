//! How a session behaves.

use crate::backend::{AnyConnection, ConnectionSetup, DatabaseUrl};
use crate::error::Result;

/// How a session behaves; the defaults suit an application.
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
    /// Whether objects are stale after a commit, so that the next query that meets their rows takes
    /// new values. Reading a stale object never sends SQL. Default: true.
    pub expire_on_commit: bool,
    /// Whether a query first writes what waits in memory. Default: true.
    pub autoflush: bool,
    /// How transactions begin on SQLite. Default: [`BeginMode::Auto`].
    pub begin: BeginMode,
    /// How long SQLite waits for a lock, in milliseconds, when the session opens the connection.
    /// Default: 5,000.
    pub busy_timeout_ms: u32,
    /// Whether SQLite enforces foreign keys, when the session opens the connection. Default: true.
    pub foreign_keys: bool,
    /// Whether a SQLite file writes ahead (WAL), with `synchronous = NORMAL`, when the session opens
    /// the connection. Default: true.
    pub write_ahead: bool,
    /// Whether PostgreSQL is asked for the number of a transaction before its COMMIT, so that
    /// [`resolve_commit`](crate::Session::resolve_commit) can find out what became of it when the
    /// connection breaks. Costs a round trip a transaction that writes. Default: false.
    pub resolvable_commits: bool,
    /// For how many objects [`load`](crate::Session::load) loads a relationship. Default:
    /// [`Lazy::Cohort`].
    pub lazy: Lazy,
    /// How long a statement of the schema (`create_all`, `drop_all`, `apply`) waits for a lock on
    /// PostgreSQL and MySQL, in milliseconds. After that it is [`Error::Conflict`](crate::Error::Conflict),
    /// which says who holds the lock. A shorter time that the server or the connection sets is kept.
    /// Default: 10,000.
    pub ddl_lock_timeout_ms: u32,
}

/// For how many objects [`load`](crate::Session::load) loads a relationship that one of them lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lazy {
    /// For this one alone.
    One,
    /// For all that were loaded together with it and lack it too, so that a loop over them costs one
    /// statement a batch.
    #[default]
    Cohort,
    /// For none: it is an error that names the relationship and the call to make, for tests that are to
    /// find such loads. [`load_all`](crate::Session::load_all) and `eager` load as ever.
    Raise,
}

/// How a transaction begins on SQLite, where only one transaction can write at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginMode {
    /// `IMMEDIATE` when the first statement writes, `DEFERRED` when it reads, and `IMMEDIATE` when
    /// [`retry`](crate::Session::retry) comes again.
    #[default]
    Auto,
    /// Takes no lock before the first statement needs it. A transaction that reads and then writes
    /// may fail, and has to be run again.
    Deferred,
    /// Takes the write lock at once, waiting for it.
    Immediate,
    /// Takes the whole database at once.
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
            resolvable_commits: false,
            lazy: Lazy::default(),
            ddl_lock_timeout_ms: 10_000,
        }
    }
}

impl SessionOptions {
    /// Sets up a connection as [`Session::open_with`](crate::Session::open_with) does: on SQLite
    /// foreign keys, the busy timeout and the journal; on MySQL that a key of 0 is one, and that errors
    /// come in English, by which their kinds are told apart. Costs one round trip, and nothing on
    /// PostgreSQL. The first connection to MySQL in a process also reads
    /// a constant, for there are client libraries that hand over empty texts.
    ///
    /// # Errors
    /// What the database answers; on MySQL also a client library that loses texts.
    pub fn prepare(&self, connection: &mut AnyConnection) -> Result<()> {
        Ok(connection.prepare(&self.setup(self.write_ahead))?)
    }

    /// Returns how a connection by this URL is set up: a file that is only read keeps its journal.
    pub(super) fn connection_setup(&self, url: &DatabaseUrl) -> ConnectionSetup {
        self.setup(self.write_ahead && !url.read_only)
    }

    fn setup(&self, write_ahead: bool) -> ConnectionSetup {
        ConnectionSetup {
            busy_timeout_ms: self.busy_timeout_ms,
            foreign_keys: self.foreign_keys,
            write_ahead,
        }
    }
}
