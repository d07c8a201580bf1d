//! The pool of connections to one database.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{
    ConnectionManager, CustomizeConnection, Pool, PooledConnection, R2D2Connection,
};

use super::transport::Transport;
use super::{AnyConnection, ConnectionSetup, DatabaseUrl, Dialect};
use crate::error::{Error, Result};

/// How a pool keeps its connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolSettings {
    pub(crate) size: u32,
    pub(crate) timeout: Duration,
    pub(crate) check: bool,
    pub(crate) lifetime: Option<Duration>,
}

/// A pool of connections to one database.
#[derive(Clone)]
pub(crate) struct ConnectionPool {
    dialect: Dialect,
    connections: Arc<dyn Connections>,
}

trait Connections: Send + Sync {
    fn connection(&self) -> Result<AnyConnection>;
}

impl ConnectionPool {
    /// Opens a pool by URL. Its connections are set up like those that a session opens.
    pub(crate) fn open(
        url: DatabaseUrl,
        settings: &PoolSettings,
        setup: ConnectionSetup,
    ) -> Result<Self> {
        let dialect = url.dialect;
        let connections = match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => build::<diesel::SqliteConnection>(url.target, settings, setup)?,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => build::<diesel::PgConnection>(url.target, settings, setup)?,
            #[cfg(feature = "mysql")]
            Dialect::Mysql => build::<diesel::MysqlConnection>(url.target, settings, setup)?,
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            other => return Err(other.is_not_enabled()),
        };
        Ok(ConnectionPool { dialect, connections })
    }

    /// Returns a connection of the pool.
    pub(crate) fn connection(&self) -> Result<AnyConnection> {
        self.connections.connection()
    }

    /// Returns the database.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }
}

impl<C> Connections for Pool<ConnectionManager<C>>
where
    C: R2D2Connection + 'static,
    PooledConnection<ConnectionManager<C>>: Into<AnyConnection>,
{
    /// Returns a connection. The pool's error does not contain the URL.
    fn connection(&self) -> Result<AnyConnection> {
        let connection = self.get().map_err(|error| {
            let state = self.state();
            let in_use = state.connections.saturating_sub(state.idle_connections);
            if in_use >= self.max_size() {
                return Error::PoolExhausted { in_use, waited: self.connection_timeout() };
            }
            Error::Connection(error.to_string())
        });
        Ok(connection?.into())
    }
}

fn build<C>(
    url: String,
    settings: &PoolSettings,
    setup: ConnectionSetup,
) -> Result<Arc<dyn Connections>>
where
    C: Transport + R2D2Connection,
    PooledConnection<ConnectionManager<C>>: Into<AnyConnection>,
{
    let pool = Pool::builder()
        .max_size(settings.size)
        // Connections are opened on demand. The first one is opened now, to detect a wrong URL
        // early.
        .min_idle(Some(settings.size.min(1)))
        .connection_timeout(settings.timeout)
        .test_on_check_out(settings.check)
        .max_lifetime(settings.lifetime)
        .connection_customizer(Box::new(setup));
    // Without a lifetime the first connection stays open.
    let pool = if settings.lifetime.is_none() { pool.idle_timeout(None) } else { pool };
    let manager = ConnectionManager::<C>::new(url);
    let pool = pool.build(manager).map_err(|error| Error::Connection(error.to_string()))?;
    Ok(Arc::new(pool))
}

impl<C: Transport> CustomizeConnection<C, diesel::r2d2::Error> for ConnectionSetup {
    fn on_acquire(&self, connection: &mut C) -> Result<(), diesel::r2d2::Error> {
        Transport::prepare(connection, self).map_err(diesel::r2d2::Error::QueryError)
    }
}
