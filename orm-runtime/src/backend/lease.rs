//! What the holder of a pooled connection can do with it.

use std::sync::{Arc, OnceLock};

use super::DatabaseUrl;

/// The loan of a connection from a pool.
pub(super) trait Leased: Send + Sync {
    /// Ends the loan: the connection does not go back, and the pool may open another.
    fn detach(&self);

    /// Returns the URL of the pool.
    fn url(&self) -> &DatabaseUrl;

    /// Returns where the server's number of the connection is kept.
    fn number(&self) -> &OnceLock<i64>;
}

/// The loan of a connection from a pool, without the type of the connection.
#[derive(Clone)]
pub(crate) struct Lease(Arc<dyn Leased>);

impl Lease {
    #[cfg(feature = "pool")]
    pub(super) fn new(lease: impl Leased + 'static) -> Self {
        Lease(Arc::new(lease))
    }

    /// Ends the loan: the connection does not go back, and the pool may open another.
    pub(crate) fn detach(&self) {
        self.0.detach();
    }

    /// Returns the URL of the pool.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        self.0.url()
    }

    /// Returns where the server's number of the connection is kept.
    pub(crate) fn number(&self) -> &OnceLock<i64> {
        self.0.number()
    }
}
