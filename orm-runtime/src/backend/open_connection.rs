//! Opening a connection, and its setup.

use diesel::QueryResult;

use super::any_connection::{AnyConnection, Inner};
use super::transport::{Transport, on_transport};
use super::{ConnectOptions, ConnectionSetup, DatabaseUrl, Dialect};
use crate::error::Result;

impl AnyConnection {
    /// Opens a connection by URL: `sqlite://path`, `sqlite://:memory:`, `postgres://…`,
    /// `mysql://…`, or `mariadb://…`. The options after a `?` are those of SQLite's `file:` URIs
    /// (`mode`, `cache`, `immutable`, …), those of libpq, and for MySQL `ssl_mode`, `ssl_ca`,
    /// `ssl_cert`, `ssl_key` and `unix_socket`.
    ///
    /// # Errors
    /// [`Error::Connection`](crate::Error::Connection), without the URL, which may contain a
    /// password; [`Error::Configuration`](crate::Error::Configuration) for an invalid URL or an
    /// unknown option.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_url(&DatabaseUrl::parse(url)?)
    }

    /// Opens a connection by its options. Sends the settings, if there are any, in one batch.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), and any error of the database about a setting.
    pub fn connect(options: &ConnectOptions) -> Result<Self> {
        Self::open_url(&options.resolve()?)
    }

    pub(crate) fn open_url(url: &DatabaseUrl) -> Result<Self> {
        match url.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let connection = establish::<diesel::SqliteConnection>(url)?;
                Ok(AnyConnection::sqlite(Box::new(connection)))
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let connection = establish::<diesel::PgConnection>(url)?;
                Ok(AnyConnection::postgres(Box::new(connection)))
            }
            #[cfg(feature = "mysql")]
            Dialect::Mysql => {
                let connection = establish::<diesel::MysqlConnection>(url)?;
                Ok(AnyConnection::mysql(Box::new(connection)))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            other => Err(other.is_not_enabled()),
        }
    }

    /// Sets up the connection. Sends one batch, or no SQL if there is nothing to set.
    pub(crate) fn prepare(&mut self, setup: &ConnectionSetup) -> QueryResult<()> {
        on_transport!(&mut self.0, connection => Transport::prepare(connection, setup))
    }
}

/// Opens a connection. The error does not contain the URL.
pub(super) fn establish<C: Transport + diesel::Connection>(url: &DatabaseUrl) -> Result<C> {
    let mut connection = C::establish(&url.target)?;
    if let Some(first) = &url.first_batch {
        Transport::batch(&mut connection, first)?;
    }
    Ok(connection)
}
