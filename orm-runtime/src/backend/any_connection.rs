//! The connections that a session can run on.

use std::fmt;
use std::ops::DerefMut;

use super::lease::Lease;

/// A Diesel connection of one of the enabled databases, or anything that mutably dereferences to
/// one: a connection of a pool, a `Box`, a guard of your own.
pub struct AnyConnection(pub(crate) Inner, Option<Lease>);

pub(crate) enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<dyn DerefMut<Target = diesel::SqliteConnection> + Send>),
    #[cfg(feature = "postgres")]
    Postgres(Box<dyn DerefMut<Target = diesel::PgConnection> + Send>),
    #[cfg(feature = "mysql")]
    Mysql(Box<dyn DerefMut<Target = diesel::MysqlConnection> + Send>),
}

impl AnyConnection {
    /// Takes any owner of an SQLite connection, such as a pooled connection.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(
        connection: impl DerefMut<Target = diesel::SqliteConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Sqlite(Box::new(connection)), None)
    }

    /// Takes any owner of a PostgreSQL connection, such as a pooled connection.
    #[cfg(feature = "postgres")]
    pub fn postgres(
        connection: impl DerefMut<Target = diesel::PgConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Postgres(Box::new(connection)), None)
    }

    /// Takes any owner of a MySQL or MariaDB connection, such as a pooled connection.
    #[cfg(feature = "mysql")]
    pub fn mysql(
        connection: impl DerefMut<Target = diesel::MysqlConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Mysql(Box::new(connection)), None)
    }

    /// Returns the connection with its loan from a pool.
    #[cfg(feature = "pool")]
    pub(super) fn with_lease(self, lease: Lease) -> Self {
        AnyConnection(self.0, Some(lease))
    }

    /// Returns the loan from a pool, if the connection is lent.
    pub(crate) fn lease(&self) -> Option<&Lease> {
        self.1.as_ref()
    }
}

impl fmt::Debug for AnyConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => "AnyConnection(SQLite)",
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => "AnyConnection(PostgreSQL)",
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => "AnyConnection(MySQL)",
        })
    }
}

macro_rules! from_connection {
    ($feature:literal, $connection:ty, $make:ident) => {
        #[cfg(feature = $feature)]
        impl From<$connection> for AnyConnection {
            fn from(connection: $connection) -> Self {
                AnyConnection::$make(Box::new(connection))
            }
        }

        #[cfg(feature = $feature)]
        impl From<Box<$connection>> for AnyConnection {
            fn from(connection: Box<$connection>) -> Self {
                AnyConnection::$make(connection)
            }
        }

        #[cfg(all(feature = $feature, feature = "pool"))]
        impl From<diesel::r2d2::PooledConnection<diesel::r2d2::ConnectionManager<$connection>>>
            for AnyConnection
        {
            fn from(
                connection: diesel::r2d2::PooledConnection<
                    diesel::r2d2::ConnectionManager<$connection>,
                >,
            ) -> Self {
                AnyConnection::$make(connection)
            }
        }
    };
}

from_connection!("sqlite", diesel::SqliteConnection, sqlite);
from_connection!("postgres", diesel::PgConnection, postgres);
from_connection!("mysql", diesel::MysqlConnection, mysql);
