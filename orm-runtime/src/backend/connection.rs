//! The connections a session can run on.

use std::fmt;
use std::ops::DerefMut;

use diesel::Connection;

use super::Dialect;
use crate::error::{Error, Result};

/// A Diesel connection of one of the enabled databases, or anything that gives one by reference: a
/// connection of a pool, a `Box`, a guard of your own.
pub struct AnyConnection(pub(crate) Inner);

pub(crate) enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<dyn DerefMut<Target = diesel::SqliteConnection> + Send>),
    #[cfg(feature = "postgres")]
    Postgres(Box<dyn DerefMut<Target = diesel::PgConnection> + Send>),
    #[cfg(feature = "mysql")]
    Mysql(Box<dyn DerefMut<Target = diesel::MysqlConnection> + Send>),
}

impl AnyConnection {
    /// Any owner of an SQLite connection, such as one of a pool.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(
        connection: impl DerefMut<Target = diesel::SqliteConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Sqlite(Box::new(connection)))
    }

    /// Any owner of a PostgreSQL connection, such as one of a pool.
    #[cfg(feature = "postgres")]
    pub fn postgres(
        connection: impl DerefMut<Target = diesel::PgConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Postgres(Box::new(connection)))
    }

    /// Any owner of a MySQL or MariaDB connection, such as one of a pool.
    #[cfg(feature = "mysql")]
    pub fn mysql(
        connection: impl DerefMut<Target = diesel::MysqlConnection> + Send + 'static,
    ) -> Self {
        AnyConnection(Inner::Mysql(Box::new(connection)))
    }

    /// Opens a connection by URL: `sqlite://path`, `sqlite://:memory:`, `postgres://…`, `mysql://…`,
    /// and `mariadb://…`.
    ///
    /// # Errors
    /// [`Error::Connection`], without the URL, which may hold a password.
    pub fn open(url: &str) -> Result<Self> {
        let (dialect, _rest) = Self::scheme(url)?;
        match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let connection = diesel::SqliteConnection::establish(_rest)?;
                Ok(AnyConnection::sqlite(Box::new(connection)))
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let connection = diesel::PgConnection::establish(url)?;
                Ok(AnyConnection::postgres(Box::new(connection)))
            }
            #[cfg(feature = "mysql")]
            Dialect::Mysql => {
                let connection = diesel::MysqlConnection::establish(&format!("mysql://{_rest}"))?;
                Ok(AnyConnection::mysql(Box::new(connection)))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            other => Err(Error::Configuration(format!(
                "the URL names {other:?}, but the feature of orm-runtime for it is not enabled"
            ))),
        }
    }

    /// The database that a URL names, and the rest of the URL.
    pub(crate) fn scheme(url: &str) -> Result<(Dialect, &str)> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        match scheme {
            "sqlite" | "file" => Ok((Dialect::Sqlite, rest)),
            "postgres" | "postgresql" => Ok((Dialect::Postgres, rest)),
            "mysql" | "mariadb" => Ok((Dialect::Mysql, rest)),
            _ => Err(Error::Configuration(
                "a database URL begins with sqlite://, postgres:// or mysql://".to_owned(),
            )),
        }
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
