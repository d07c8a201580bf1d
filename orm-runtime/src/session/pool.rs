//! Sessions over a connection pool.

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::outer_transaction::OuterTransaction;
use super::pool_options::{NewListeners, Observers, PoolOptions, Rewriters};
use super::{Session, SessionOptions};
#[cfg(feature = "tokio")]
use crate::backend::PoolQueue;
use crate::backend::{
    AnyConnection, ConnectOptions, ConnectionChange, ConnectionEvent, ConnectionPool, DatabaseUrl,
    Dialect, Event, Memory, PoolStatus,
};
use crate::error::{Error, Result};

/// Creates sessions over a pool of connections to one database. Create it once, where the program
/// starts, and clone it where sessions are needed.
///
/// Sessions get connections in the order in which they ask. A connection that was idle for a moment
/// is checked before a session gets it, so that a connection that the server has closed ("server
/// has gone away") is replaced without an error. The check costs one round trip; see
/// [`PoolOptions::check_after`]. A session that is dropped rolls back and returns its connection.
///
/// On SQLite, use a file. Each connection to `:memory:` would have its own database, so that URL is
/// refused. Connections share `sqlite://name?mode=memory&cache=shared` as long as the factory
/// exists.
///
/// ```
/// use orm_runtime::{Session, SessionFactory};
///
/// # fn main() -> orm_runtime::Result<()> {
/// # let file = std::env::temp_dir().join(format!("orm-pool-{}.db", std::process::id()));
/// # let url = format!("sqlite://{}", file.display());
/// let sessions = SessionFactory::new(&url, |options| options.size = 4)?;
/// let mut session = sessions.session()?;
/// # drop((session, sessions));
/// # for end in ["", "-wal", "-shm"] {
/// #     let _ = std::fs::remove_file(format!("{}{end}", file.display()));
/// # }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SessionFactory {
    pool: ConnectionPool,
    options: SessionOptions,
    listeners: NewListeners,
    observers: Observers,
    rewriters: Rewriters,
}

impl SessionFactory {
    /// Opens a pool by URL, as [`Session::open`] opens a session. The closure changes the options.
    /// Opens one connection, or [`min_idle`](PoolOptions::min_idle) connections, at once.
    ///
    /// # Errors
    /// Returns [`Error::Connection`] if the database cannot be reached, [`Error::Configuration`] if
    /// the URL names none of the enabled databases, has an unknown option, or names an in-memory
    /// database that connections do not share, or if the options are wrong, and the error of
    /// [`on_connect`](PoolOptions::on_connect).
    pub fn new(url: &str, configure: impl FnOnce(&mut PoolOptions)) -> Result<Self> {
        Self::of(DatabaseUrl::parse(url)?, configure)
    }

    /// Opens a pool by the parts of a connection, as [`new`](Self::new) does by URL.
    ///
    /// # Errors
    /// Returns the errors of [`new`](Self::new), and any error of the database about a setting.
    pub fn connect(
        target: &ConnectOptions,
        configure: impl FnOnce(&mut PoolOptions),
    ) -> Result<Self> {
        Self::of(target.resolve()?, configure)
    }

    fn of(url: DatabaseUrl, configure: impl FnOnce(&mut PoolOptions)) -> Result<Self> {
        let mut options = PoolOptions::default();
        configure(&mut options);
        keep_shared(&url, &mut options)?;
        options.check()?;
        options.session.transaction.check(url.dialect)?;
        let setup = options.session.connection_setup(&url);
        let pool = ConnectionPool::open(url, options.settings(), setup)?;
        let PoolOptions { session: options, listeners, observers, rewriters, .. } = options;
        Ok(SessionFactory { pool, options, listeners, observers, rewriters })
    }

    /// Returns a session on a connection of the pool. Costs one round trip if the connection was
    /// idle for [`check_after`](PoolOptions::check_after).
    ///
    /// # Errors
    /// Returns [`Error::PoolExhausted`] if all connections stay in use for longer than the timeout,
    /// with the places in the program that use them longest; [`Error::Connection`] if the database
    /// cannot be reached; [`Error::PoolClosed`] after [`close`](Self::close).
    #[track_caller]
    pub fn session(&self) -> Result<Session> {
        let asked = Instant::now();
        let taken = self.connection();
        self.session_on(taken, asked.elapsed())
    }

    /// Returns a place in the queue for a connection, for a task.
    #[cfg(feature = "tokio")]
    pub(super) fn queue(&self, caller: &'static Location<'static>) -> Box<dyn PoolQueue> {
        self.pool.queue(caller)
    }

    /// Returns a session on a connection that was taken after a wait.
    pub(super) fn session_on(
        &self,
        taken: Result<AnyConnection>,
        waited: Duration,
    ) -> Result<Session> {
        if let Err(error) = &taken {
            self.report_refused(waited, error);
        }
        let mut session = Session::with_options(taken?, self.options.clone());
        for observer in self.observers.all() {
            session.observe(observer);
        }
        session.report_taken(waited);
        session.listen_all(self.listeners.make());
        for rewriter in self.rewriters.all() {
            session.sender().rewrite(rewriter);
        }
        Ok(session)
    }

    /// Returns a connection of the pool, for [`Session::reconnect_with`] and
    /// [`Session::resolve_commit_with`] after a lost connection.
    ///
    /// # Errors
    /// Returns the errors of [`session`](Self::session).
    #[track_caller]
    pub fn connection(&self) -> Result<AnyConnection> {
        self.pool.connection(Location::caller())
    }

    /// Returns a factory with other options for its sessions, over the same pool. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # fn main() -> Result<()> {
    /// # let url = "sqlite://factory-configured?mode=memory&cache=shared";
    /// use orm_runtime::transaction::Reads;
    ///
    /// let sessions = SessionFactory::new(url, |_| {})?;
    /// let readers = sessions.configured(|options| options.reads = Reads::Autocommit)?;
    /// assert_eq!(readers.session()?.options().reads, Reads::Autocommit);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] for an option that applies when a connection is opened, and
    /// for options that the database does not have.
    pub fn configured(&self, change: impl FnOnce(&mut SessionOptions)) -> Result<Self> {
        let mut options = self.options.clone();
        change(&mut options);
        options.keeps_connections_of(&self.options)?;
        options.transaction.check(self.pool.dialect())?;
        Ok(SessionFactory { options, ..self.clone() })
    }

    /// Returns the figures of the pool: connections in use and idle, calls that wait, and where in
    /// the program connections are used longest. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # fn main() -> Result<()> {
    /// # let url = "sqlite://factory-status?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| options.size = 4)?;
    /// let session = sessions.session()?;
    /// let status = sessions.status();
    /// assert_eq!((status.in_use, status.idle, status.opened), (1, 0, 1));
    /// assert!(status.holders[0].place.file().ends_with(".rs"));
    /// # drop(session);
    /// # Ok(()) }
    /// ```
    pub fn status(&self) -> PoolStatus {
        self.pool.status()
    }

    /// Closes the pool: idle connections are closed, and every later call of
    /// [`session`](Self::session) is an error, also of clones. Waits up to this time for sessions
    /// that are in use; their connections are closed when they end. Returns how many connections
    /// are still in use. Sends no SQL.
    pub fn close(&self, wait: Duration) -> u32 {
        self.pool.close(wait)
    }

    /// Begins a transaction that the program owns and ends: the transaction of a request, or of a
    /// test that must leave nothing behind. The sessions of
    /// [`OuterTransaction::sessions`] all work in it, one after the other.
    ///
    /// Takes a connection of the pool, and sends BEGIN and one SAVEPOINT.
    ///
    /// # Errors
    /// Returns the errors of [`session`](Self::session), any error from beginning the transaction,
    /// and [`Error::Configuration`] if the sessions' options need settings of the connection (a
    /// time-out on MySQL and SQLite, `read_only` on SQLite).
    #[track_caller]
    pub fn begin_outer(&self) -> Result<OuterTransaction> {
        let transaction = self.options.transaction;
        let text = transaction.outer_text(self.pool.dialect())?;
        let (pool, end) = self.pool.begin_outer(&text, Location::caller())?;
        // The options are those of the transaction that has begun.
        let options = SessionOptions { transaction: Default::default(), ..self.options.clone() };
        let sessions = SessionFactory { pool, options, ..self.clone() };
        Ok(OuterTransaction::new(sessions, end))
    }

    pub(super) fn report_refused(&self, waited: Duration, error: &Error) {
        let change = ConnectionChange::Refused { waited, error };
        let event = ConnectionEvent { session: 0, dialect: self.pool.dialect(), change };
        for observer in self.observers.all() {
            observer.on_event(&Event::Connection(&event));
        }
    }

    /// Returns the database of the pool. Sends no SQL.
    pub fn dialect(&self) -> Dialect {
        self.pool.dialect()
    }
}

impl fmt::Debug for SessionFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFactory").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Makes the connections of a pool share an in-memory database. The database is gone with its last
/// connection, so no connection is closed because of its age.
fn keep_shared(url: &DatabaseUrl, options: &mut PoolOptions) -> Result<()> {
    match url.memory {
        None => Ok(()),
        Some(Memory::Shared) if options.size == 0 => Err(Error::Configuration(
            "an in-memory database is gone with its last connection, so the pool must keep one; \
             set PoolOptions::size to 1 at least"
                .to_owned(),
        )),
        Some(Memory::Shared) => {
            (options.lifetime, options.idle_timeout) = (None, None);
            Ok(())
        }
        Some(Memory::Private) => Err(Error::Configuration(
            "each connection of the pool would have its own in-memory database; name one that they \
             share, sqlite://name?mode=memory&cache=shared, or a file"
                .to_owned(),
        )),
    }
}
