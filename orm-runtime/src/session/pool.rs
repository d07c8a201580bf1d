//! Sessions over a connection pool.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Session, SessionListener, SessionOptions};
use crate::backend::{AnyConnection, ConnectionPool, DatabaseUrl, Memory, PoolSettings};
use crate::error::{Error, Result};

/// Makes sessions over a pool of connections to one database: made once, where the program starts,
/// and cloned wherever sessions are needed.
///
/// A connection is asked for a sign of life before a session gets it, so that one that the server
/// has cut off ("server has gone away") is replaced and nobody notices; this costs a round trip and
/// can be turned off. A session that is dropped rolls back and gives its connection back.
///
/// On SQLite use a file. Each connection to `:memory:` would be a database of its own, which is refused;
/// connections share `sqlite://name?mode=memory&cache=shared` for as long as the factory is there.
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
/// # for end in ["", "-wal", "-shm"] { let _ = std::fs::remove_file(format!("{}{end}", file.display())); }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SessionFactory {
    pool: ConnectionPool,
    options: SessionOptions,
    listeners: NewListeners,
}

/// How a [`SessionFactory`] keeps its connections.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The most connections. Default: 10.
    pub size: u32,
    /// How long to wait for a connection when all are in use. Default: 30 seconds.
    pub timeout: Duration,
    /// Whether a connection is asked for a sign of life before it is used. Default: true.
    pub check: bool,
    /// After how long a connection is replaced, even if it works. Default: 30 minutes.
    pub lifetime: Option<Duration>,
    /// The options of the sessions.
    pub session: SessionOptions,
    /// What makes the listeners of each session. Default: none; see [`listen`](Self::listen).
    pub listeners: NewListeners,
}

impl PoolOptions {
    /// Gives every session a [listener](SessionListener) of its own, made by the closure.
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
}

/// What makes the listeners of the sessions of a [`SessionFactory`]; see [`PoolOptions::listen`].
#[derive(Clone, Default)]
pub struct NewListeners(Vec<Arc<dyn Fn() -> Box<dyn SessionListener> + Send + Sync>>);

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
        }
    }
}

impl SessionFactory {
    /// Opens a pool by URL, as [`Session::open`] opens a session; the closure changes the options.
    ///
    /// # Errors
    /// [`Error::Connection`] when the database cannot be reached, [`Error::Configuration`] when the
    /// URL names none of the enabled databases, has an option that is not known, or names a database
    /// in memory that connections do not share.
    pub fn new(url: &str, configure: impl FnOnce(&mut PoolOptions)) -> Result<Self> {
        let mut options = PoolOptions::default();
        configure(&mut options);
        let url = DatabaseUrl::parse(url)?;
        keep_shared(&url, &mut options)?;
        let setup = options.session.connection_setup(&url);
        let PoolOptions { size, timeout, check, lifetime, .. } = options;
        let settings = PoolSettings { size, timeout, check, lifetime };
        let pool = ConnectionPool::open(url, &settings, setup)?;
        Ok(SessionFactory { pool, options: options.session, listeners: options.listeners })
    }

    /// A session on a connection of the pool.
    ///
    /// # Errors
    /// [`Error::PoolExhausted`] when all connections stay in use for longer than the timeout,
    /// [`Error::Connection`] when none can be made.
    pub fn session(&self) -> Result<Session> {
        let mut session = Session::with_options(self.connection()?, self.options.clone());
        session.listen_all(self.listeners.0.iter().map(|make| make()).collect());
        Ok(session)
    }

    /// A connection of the pool, for [`Session::reconnect_with`] and
    /// [`Session::resolve_commit_with`] after a lost connection.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub fn connection(&self) -> Result<AnyConnection> {
        self.pool.connection()
    }
}

impl fmt::Debug for SessionFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFactory").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Makes the connections of a pool share a database in memory. It is gone with its last connection, so
/// that none of them is closed for its age.
fn keep_shared(url: &DatabaseUrl, options: &mut PoolOptions) -> Result<()> {
    match url.memory {
        None => {}
        Some(Memory::Shared) => options.lifetime = None,
        Some(Memory::Private) => {
            return Err(Error::Configuration(
                "each connection of a pool would have a database of its own in memory; name one \
                 that they share, sqlite://name?mode=memory&cache=shared, or a file"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}
