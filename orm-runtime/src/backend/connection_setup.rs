//! How a connection is set up before a session has it.

use diesel::QueryResult;

use super::AnyConnection;
use super::any_connection::Inner;

/// What the options of a session say about its connection.
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only SQLite is told"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionSetup {
    /// How long a lock is waited for, where the connection waits by itself.
    pub(crate) busy_timeout_ms: u32,
    /// Whether foreign keys are enforced, where that is said.
    pub(crate) foreign_keys: bool,
    /// Whether a file writes ahead.
    pub(crate) write_ahead: bool,
}

impl AnyConnection {
    /// Sets up the connection. One round trip, and none where there is nothing to set.
    pub(crate) fn prepare(&mut self, setup: &ConnectionSetup) -> QueryResult<()> {
        match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(connection) => super::sqlite::sqlite_setup::prepare(connection, setup),
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => {
                let _ = setup;
                Ok(())
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql(connection) => {
                let _ = setup;
                super::mysql::mysql_client::prepare(connection)
            }
        }
    }
}
