//! Sessions over a connection pool.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Session, SessionListener, SessionOptions};
use crate::backend::{
    AnyConnection, ConnectionChange, ConnectionEvent, ConnectionPool, DatabaseUrl, Event, Memory,
    OutgoingStatement, PoolSettings, Rewriter, SessionObserver,
};
use crate::error::{Error, Result};

/// Creates sessions over a pool of connections to one database. Create it once, where the program
/// starts, and clone it where sessions are needed.
///
/// A connection is checked before a session gets it, so that a connection that the server has
/// closed ("server has gone away") is replaced without an error. The check costs one round trip and
/// can be turned off. A session that is dropped rolls back and returns its connection to the pool.
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

/// The options of a [`SessionFactory`].
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The maximum number of connections. Default: 10.
    pub size: u32,
    /// How long to wait for a connection if all are in use. Default: 30 seconds.
    pub timeout: Duration,
    /// Whether a connection is checked before it is used. Default: `true`.
    pub check: bool,
    /// The age at which a connection is replaced, even if it works. Default: 30 minutes.
    pub lifetime: Option<Duration>,
    /// The options of the sessions.
    pub session: SessionOptions,
    /// The function that creates the listeners of each session. Default: none; see
    /// [`listen`](Self::listen).
    pub listeners: NewListeners,
    /// The observers of all sessions. Default: none; see [`observe`](Self::observe).
    pub observers: Observers,
    /// The hooks that may change the text of statements. Default: none; see
    /// [`rewrite_statements`](Self::rewrite_statements).
    pub rewriters: Rewriters,
}

impl PoolOptions {
    /// Adds an [observer](SessionObserver) of every session and of the pool. It is called in the
    /// threads of all sessions.
    pub fn observe(&mut self, observer: impl SessionObserver + 'static) {
        self.observers.0.push(Arc::new(observer));
    }

    /// Adds a [listener](SessionListener) to every session. The closure creates a separate listener
    /// for each session.
    ///
    /// ```
    /// # use orm_runtime::{Session, SessionFactory, events::SessionListener};
    /// struct Greeter;
    ///
    /// impl SessionListener for Greeter {
    ///     fn after_commit(&mut self, _: &mut Session) {
    ///         println!("stored");
    ///     }
    /// }
    ///
    /// # fn main() -> orm_runtime::Result<()> {
    /// let url = "sqlite://greeter?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| {
    ///     options.listen(|| Greeter);
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn listen<L: SessionListener + 'static>(
        &mut self,
        make: impl Fn() -> L + Send + Sync + 'static,
    ) {
        self.listeners.0.push(Arc::new(move || Box::new(make())));
    }

    /// Adds a hook to every session that sees the text of each statement before it is sent, and may
    /// return another text; see [`Session::rewrite_statements`].
    ///
    /// ```
    /// # use orm_runtime::{Session, SessionFactory};
    /// # fn main() -> orm_runtime::Result<()> {
    /// let url = "sqlite://commented?mode=memory&cache=shared";
    /// let sessions = SessionFactory::new(url, |options| {
    ///     options.rewrite_statements(|statement| Some(format!("/* shop */ {}", statement.sql)));
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn rewrite_statements(
        &mut self,
        hook: impl Fn(&OutgoingStatement<'_>) -> Option<String> + Send + Sync + 'static,
    ) {
        self.rewriters.0.push(Arc::new(hook));
    }
}

/// The hooks of each session of a [`SessionFactory`]; see [`PoolOptions::rewrite_statements`].
#[derive(Clone, Default)]
pub struct Rewriters(Vec<Rewriter>);

impl fmt::Debug for Rewriters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rewriters", self.0.len())
    }
}

/// Creates the listeners of each session of a [`SessionFactory`]; see [`PoolOptions::listen`].
#[derive(Clone, Default)]
pub struct NewListeners(Vec<Arc<dyn Fn() -> Box<dyn SessionListener> + Send + Sync>>);

/// The observers of all sessions of a [`SessionFactory`]; see [`PoolOptions::observe`].
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn SessionObserver>>);

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observers", self.0.len())
    }
}

impl fmt::Debug for NewListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners", self.0.len())
    }
}

impl Default for PoolOptions {
    fn default() -> Self {
        PoolOptions {
            size: 10,
            timeout: Duration::from_secs(30),
            check: true,
            lifetime: Some(Duration::from_secs(30 * 60)),
            session: SessionOptions::default(),
            listeners: NewListeners::default(),
            observers: Observers::default(),
            rewriters: Rewriters::default(),
        }
    }
}

impl SessionFactory {
    /// Opens a pool by URL, as [`Session::open`] opens a session. The closure changes the options.
    ///
    /// # Errors
    /// Returns [`Error::Connection`] if the database cannot be reached, and
    /// [`Error::Configuration`] if the URL names none of the enabled databases, has an unknown
    /// option, or names an in-memory database that connections do not share.
    pub fn new(url: &str, configure: impl FnOnce(&mut PoolOptions)) -> Result<Self> {
        let mut options = PoolOptions::default();
        configure(&mut options);
        let url = DatabaseUrl::parse(url)?;
        keep_shared(&url, &mut options)?;
        let setup = options.session.connection_setup(&url);
        let PoolOptions { size, timeout, check, lifetime, .. } = options;
        let settings = PoolSettings { size, timeout, check, lifetime };
        let pool = ConnectionPool::open(url, &settings, setup)?;
        let PoolOptions { session: options, listeners, observers, rewriters, .. } = options;
        Ok(SessionFactory { pool, options, listeners, observers, rewriters })
    }

    /// Returns a session on a connection of the pool. Costs one round trip if connections are
    /// [checked](PoolOptions::check).
    ///
    /// # Errors
    /// Returns [`Error::PoolExhausted`] if all connections stay in use for longer than the timeout,
    /// and [`Error::Connection`] if no connection can be opened.
    pub fn session(&self) -> Result<Session> {
        let asked = Instant::now();
        let taken = self.connection();
        let waited = asked.elapsed();
        if let Err(error) = &taken {
            self.report_refused(waited, error);
        }
        let mut session = Session::with_options(taken?, self.options.clone());
        for observer in &self.observers.0 {
            session.observe(Arc::clone(observer));
        }
        session.report_taken(waited);
        session.listen_all(self.listeners.0.iter().map(|make| make()).collect());
        for rewriter in &self.rewriters.0 {
            session.sender().rewrite(Arc::clone(rewriter));
        }
        Ok(session)
    }

    /// Returns a connection of the pool, for [`Session::reconnect_with`] and
    /// [`Session::resolve_commit_with`] after a lost connection.
    ///
    /// # Errors
    /// Returns the errors of [`session`](Self::session).
    pub fn connection(&self) -> Result<AnyConnection> {
        self.pool.connection()
    }

    fn report_refused(&self, waited: Duration, error: &Error) {
        let change = ConnectionChange::Refused { waited, error };
        let event = ConnectionEvent { session: 0, dialect: self.pool.dialect(), change };
        for observer in &self.observers.0 {
            observer.on_event(&Event::Connection(&event));
        }
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
        None => {}
        Some(Memory::Shared) => options.lifetime = None,
        Some(Memory::Private) => {
            return Err(Error::Configuration(
                "each connection of the pool would have its own in-memory database; name one that \
                 they share, sqlite://name?mode=memory&cache=shared, or a file"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}
