//! How a connection is set up before a session has it.

use diesel::QueryResult;

use super::AnyConnection;
use super::any_connection::Inner;
use super::transport::{Transport, on_transport};

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
        on_transport!(&mut self.0, connection => Transport::prepare(connection, setup))
    }
}
