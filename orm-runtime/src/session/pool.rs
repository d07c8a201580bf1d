//! Sessions over a connection pool.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{
    ConnectionManager, CustomizeConnection, Pool, PooledConnection, R2D2Connection,
};

use super::{Session, SessionListener, SessionOptions};
#[cfg(feature = "sqlite")]
use crate::backend::Memory;
use crate::backend::{AnyConnection, DatabaseUrl, Dialect};
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
    pool: AnyPool,
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

#[derive(Clone)]
enum AnyPool {
    #[cfg(feature = "sqlite")]
    Sqlite(Pool<ConnectionManager<diesel::SqliteConnection>>),
    #[cfg(feature = "postgres")]
    Postgres(Pool<ConnectionManager<diesel::PgConnection>>),
    #[cfg(feature = "mysql")]
    Mysql(Pool<ConnectionManager<diesel::MysqlConnection>>),
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
        let pool = match url.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let setup = Setup(options.session.for_url(&url));
                AnyPool::Sqlite(build(shared(url, &mut options)?, &options, Box::new(setup))?)
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => AnyPool::Postgres(build(url.target, &options, Box::new(AsItIs))?),
            #[cfg(feature = "mysql")]
            Dialect::Mysql => {
                let setup = Setup(options.session.for_url(&url));
                AnyPool::Mysql(build(url.target, &options, Box::new(setup))?)
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            other => {
                return Err(Error::Configuration(format!(
                    "the URL names {other:?}, but the feature of orm-runtime for it is not enabled"
                )));
            }
        };
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
        Ok(match &self.pool {
            #[cfg(feature = "sqlite")]
            AnyPool::Sqlite(pool) => checked_out(pool)?.into(),
            #[cfg(feature = "postgres")]
            AnyPool::Postgres(pool) => checked_out(pool)?.into(),
            #[cfg(feature = "mysql")]
            AnyPool::Mysql(pool) => checked_out(pool)?.into(),
        })
    }
}

impl fmt::Debug for SessionFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFactory").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What the connections of a pool open, if they share it. The database is gone with its last
/// connection, so that none of them is closed for its age.
#[cfg(feature = "sqlite")]
fn shared(url: DatabaseUrl, options: &mut PoolOptions) -> Result<String> {
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
    Ok(url.target)
}

fn build<C: R2D2Connection + 'static>(
    url: String,
    options: &PoolOptions,
    customizer: Box<dyn CustomizeConnection<C, diesel::r2d2::Error>>,
) -> Result<Pool<ConnectionManager<C>>> {
    let pool = Pool::builder()
        .max_size(options.size)
        // Connections are made as they are needed; the first one now, to find a wrong URL at once.
        .min_idle(Some(options.size.min(1)))
        .connection_timeout(options.timeout)
        .test_on_check_out(options.check)
        .max_lifetime(options.lifetime)
        .connection_customizer(customizer);
    // Without a lifetime the first connection stays.
    let pool = if options.lifetime.is_none() { pool.idle_timeout(None) } else { pool };
    pool.build(ConnectionManager::new(url)).map_err(|error| Error::Connection(error.to_string()))
}

/// A connection, or the reason why there is none. The pool's error does not hold the URL.
fn checked_out<C: R2D2Connection + 'static>(
    pool: &Pool<ConnectionManager<C>>,
) -> Result<PooledConnection<ConnectionManager<C>>> {
    pool.get().map_err(|error| {
        let state = pool.state();
        let in_use = state.connections.saturating_sub(state.idle_connections);
        if in_use >= pool.max_size() {
            return Error::PoolExhausted { in_use, waited: pool.connection_timeout() };
        }
        Error::Connection(error.to_string())
    })
}

/// Sets up connections as a session does that opens its own.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
#[derive(Debug)]
struct Setup(SessionOptions);

#[cfg(feature = "sqlite")]
impl CustomizeConnection<diesel::SqliteConnection, diesel::r2d2::Error> for Setup {
    fn on_acquire(
        &self,
        connection: &mut diesel::SqliteConnection,
    ) -> Result<(), diesel::r2d2::Error> {
        self.0.prepare_sqlite(connection).map_err(diesel::r2d2::Error::QueryError)
    }
}

#[cfg(feature = "mysql")]
impl CustomizeConnection<diesel::MysqlConnection, diesel::r2d2::Error> for Setup {
    fn on_acquire(
        &self,
        connection: &mut diesel::MysqlConnection,
    ) -> Result<(), diesel::r2d2::Error> {
        self.0.prepare_mysql(connection).map_err(diesel::r2d2::Error::QueryError)
    }
}

#[cfg(feature = "postgres")]
#[derive(Debug)]
struct AsItIs;

#[cfg(feature = "postgres")]
impl<C: R2D2Connection + 'static> CustomizeConnection<C, diesel::r2d2::Error> for AsItIs {}
