//! The pool of connections to one database: connections are lent to sessions, in the order in which
//! sessions wait for them, and kept when they come back.
//!
//! One mutex guards the state (`pool_state.rs`) of a pool (`pooled.rs`). Connections are opened,
//! checked, reset and closed while it is free.

mod lent;
mod new_connection;
mod outer_pool;
mod pool_settings;
mod pool_state;
mod pooled;
#[cfg(feature = "tokio")]
mod task_queue;
mod upkeep;

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{AnyConnection, ConnectionSetup, DatabaseUrl, Dialect};
use crate::error::Result;
pub use new_connection::{NewConnection, NewConnections};
pub(crate) use outer_pool::Outer;
pub(crate) use pool_settings::PoolSettings;
pub use pool_settings::{OnReturn, Reuse};
pub use pool_state::PoolStatus;
use pooled::{Pool, Pooled};
#[cfg(feature = "tokio")]
pub(crate) use task_queue::{PoolPlace, PoolQueue};

/// A pool of connections to one database.
#[derive(Clone)]
pub(crate) struct ConnectionPool(Arc<dyn Connections>);

/// A pool, without the type of its connections.
trait Connections: Send + Sync {
    fn connection(self: Arc<Self>, place: &'static Location<'static>) -> Result<AnyConnection>;
    #[cfg(feature = "tokio")]
    fn queue(self: Arc<Self>, place: &'static Location<'static>) -> Box<dyn PoolQueue>;
    fn status(&self) -> PoolStatus;
    fn close(&self, wait: Duration) -> u32;
    fn url(&self) -> &DatabaseUrl;
    fn begin_outer(
        self: Arc<Self>,
        begin: &str,
        place: &'static Location<'static>,
    ) -> Result<(ConnectionPool, Box<dyn Outer>)>;
}

impl ConnectionPool {
    /// Opens a pool by URL. Its connections are set up like those that a session opens.
    pub(crate) fn open(
        url: DatabaseUrl,
        settings: PoolSettings,
        setup: ConnectionSetup,
    ) -> Result<Self> {
        Ok(ConnectionPool(match url.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Pool::open(url, settings, setup, AnyConnection::lent_sqlite)?,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Pool::open(url, settings, setup, AnyConnection::lent_postgres)?,
            #[cfg(feature = "mysql")]
            Dialect::Mysql => Pool::open(url, settings, setup, AnyConnection::lent_mysql)?,
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            other => return Err(other.is_not_enabled()),
        }))
    }

    /// Returns a connection of the pool. The place is that of the call that takes it.
    pub(crate) fn connection(&self, place: &'static Location<'static>) -> Result<AnyConnection> {
        Arc::clone(&self.0).connection(place)
    }

    /// Returns a place in the queue of the pool, for a task, which needs no thread for it.
    #[cfg(feature = "tokio")]
    pub(crate) fn queue(&self, place: &'static Location<'static>) -> Box<dyn PoolQueue> {
        Arc::clone(&self.0).queue(place)
    }

    /// Returns the figures of the pool.
    pub(crate) fn status(&self) -> PoolStatus {
        self.0.status()
    }

    /// Closes the pool, and waits for the connections in use. Returns how many are still in use.
    pub(crate) fn close(&self, wait: Duration) -> u32 {
        self.0.close(wait)
    }

    /// Returns the database of the pool.
    pub(crate) fn dialect(&self) -> Dialect {
        self.0.url().dialect
    }

    /// Begins a transaction on a connection of the pool. Returns a pool of this connection alone,
    /// and what ends the transaction.
    pub(crate) fn begin_outer(
        &self,
        begin: &str,
        place: &'static Location<'static>,
    ) -> Result<(ConnectionPool, Box<dyn Outer>)> {
        Arc::clone(&self.0).begin_outer(begin, place)
    }
}

impl<C: Pooled> Connections for Pool<C> {
    fn connection(self: Arc<Self>, place: &'static Location<'static>) -> Result<AnyConnection> {
        Ok((self.lend)(self.take(place)?))
    }

    #[cfg(feature = "tokio")]
    fn queue(self: Arc<Self>, place: &'static Location<'static>) -> Box<dyn PoolQueue> {
        task_queue::queue(self, place)
    }

    fn status(&self) -> PoolStatus {
        self.lock().status()
    }

    fn close(&self, wait: Duration) -> u32 {
        let since = Instant::now();
        let mut state = self.lock();
        let idle = state.close();
        drop(state);
        drop(idle);
        let mut state = self.lock();
        loop {
            let left = wait.saturating_sub(since.elapsed());
            let in_use = state.in_use();
            if in_use == 0 || left.is_zero() {
                return in_use;
            }
            state = match self.quiet.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    fn begin_outer(
        self: Arc<Self>,
        begin: &str,
        place: &'static Location<'static>,
    ) -> Result<(ConnectionPool, Box<dyn Outer>)> {
        let (pool, end) = outer_pool::begin(self.take(place)?, begin)?;
        Ok((ConnectionPool(pool), end))
    }
}
