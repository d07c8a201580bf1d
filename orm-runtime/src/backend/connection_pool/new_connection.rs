//! A connection that a pool has just opened, for the program to set up.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use diesel::QueryResult;

use crate::backend::Dialect;
use crate::backend::transport::Transport;
use crate::error::Result;

/// A connection that a pool has just opened and set up:
/// [`PoolOptions::on_connect`](crate::PoolOptions::on_connect).
pub struct NewConnection<'c>(&'c mut dyn Reached);

trait Reached {
    fn dialect(&self) -> Dialect;
    fn batch(&mut self, sql: &str) -> QueryResult<()>;
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<C: Transport> Reached for C {
    fn dialect(&self) -> Dialect {
        C::DIALECT
    }

    fn batch(&mut self, sql: &str) -> QueryResult<()> {
        Transport::batch(self, sql)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl NewConnection<'_> {
    /// Returns the database that the connection reaches. Sends no SQL.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    /// Sends SQL without values, which may be several statements, in one batch.
    ///
    /// # Errors
    /// Returns any error of the database.
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.0.batch(sql)?)
    }

    /// Returns the Diesel connection, or `None` if it is of another type. Sends no SQL.
    pub fn diesel<C: diesel::Connection + 'static>(&mut self) -> Option<&mut C> {
        self.0.as_any().downcast_mut()
    }
}

impl fmt::Debug for NewConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewConnection({:?})", self.dialect())
    }
}

type Hook = Arc<dyn Fn(&mut NewConnection<'_>) -> Result<()> + Send + Sync>;

/// What the program does with each new connection of a pool.
#[derive(Clone, Default)]
pub struct NewConnections(Vec<Hook>);

impl NewConnections {
    pub(crate) fn add(
        &mut self,
        hook: impl Fn(&mut NewConnection<'_>) -> Result<()> + Send + Sync + 'static,
    ) {
        self.0.push(Arc::new(hook));
    }

    pub(super) fn call<C: Transport>(&self, connection: &mut C) -> Result<()> {
        self.0.iter().try_for_each(|hook| hook(&mut NewConnection(connection)))
    }
}

impl fmt::Debug for NewConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}
