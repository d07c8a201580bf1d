//! A connection that a pool has lent.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use super::pool_state::Idle;
use super::pooled::{Pool, Pooled};
use crate::backend::lease::{Lease, Leased};
use crate::backend::{AnyConnection, DatabaseUrl};

/// A connection of a pool, which goes back when it is dropped.
pub(in crate::backend) struct Lent<C: Pooled> {
    pool: Arc<Pool<C>>,
    id: u64,
    /// `None` only while it is dropped.
    connection: Option<Idle<C>>,
}

impl<C: Pooled> Lent<C> {
    pub(super) fn new(pool: Arc<Pool<C>>, id: u64, connection: Idle<C>) -> Self {
        Lent { pool, id, connection: Some(connection) }
    }

    /// Returns what the holder of the connection can do with its loan.
    pub(super) fn lease(&self) -> Lease {
        let number = self.connection.as_ref().map(Idle::number).unwrap_or_default();
        Lease::new(Loan { pool: Arc::clone(&self.pool), id: self.id, number })
    }

    /// Takes the connection apart, and keeps its place in the pool.
    pub(super) fn into_parts(mut self) -> (Arc<Pool<C>>, u64, Option<Idle<C>>) {
        let connection = self.connection.take();
        (Arc::clone(&self.pool), self.id, connection)
    }
}

impl<C: Pooled> Deref for Lent<C> {
    type Target = C;

    fn deref(&self) -> &C {
        match &self.connection {
            Some(idle) => &idle.connection,
            None => unreachable!("the connection is there until it is dropped"),
        }
    }
}

impl<C: Pooled> DerefMut for Lent<C> {
    fn deref_mut(&mut self) -> &mut C {
        match &mut self.connection {
            Some(idle) => &mut idle.connection,
            None => unreachable!("the connection is there until it is dropped"),
        }
    }
}

impl<C: Pooled> Drop for Lent<C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_back(self.id, connection);
        }
    }
}

/// The loan of a connection.
struct Loan<C: Pooled> {
    pool: Arc<Pool<C>>,
    id: u64,
    number: Arc<OnceLock<i64>>,
}

impl<C: Pooled> Leased for Loan<C> {
    fn detach(&self) {
        let mut state = self.pool.lock();
        state.give_up(self.id);
        state.wake_next();
    }

    fn url(&self) -> &DatabaseUrl {
        &self.pool.url
    }

    fn number(&self) -> &OnceLock<i64> {
        &self.number
    }
}

macro_rules! lent {
    ($feature:literal, $connection:ty, $make:ident, $lend:ident) => {
        #[cfg(feature = $feature)]
        impl AnyConnection {
            pub(super) fn $lend(lent: Lent<$connection>) -> Self {
                let lease = lent.lease();
                AnyConnection::$make(lent).with_lease(lease)
            }
        }
    };
}

lent!("sqlite", diesel::SqliteConnection, sqlite, lent_sqlite);
lent!("postgres", diesel::PgConnection, postgres, lent_postgres);
lent!("mysql", diesel::MysqlConnection, mysql, lent_mysql);
