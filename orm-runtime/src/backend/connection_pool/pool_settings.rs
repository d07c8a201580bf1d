//! How a pool keeps its connections, as the program asks for it.

use std::time::Duration;

use super::new_connection::NewConnections;

/// How a pool keeps its connections.
#[derive(Debug, Clone)]
pub(crate) struct PoolSettings {
    pub(crate) size: u32,
    pub(crate) overflow: u32,
    pub(crate) min_idle: u32,
    pub(crate) timeout: Duration,
    pub(crate) check_after: Option<Duration>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) reuse: Reuse,
    pub(crate) on_return: OnReturn,
    pub(crate) on_connect: NewConnections,
}

/// Which of several idle connections of a pool is used next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// The one that came back last, so that those that are not needed stay idle and are closed.
    #[default]
    LastReturned,
    /// The one that came back first, so that all are used equally.
    FirstReturned,
}

/// What happens to a connection when its session returns it to the pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnReturn {
    /// A transaction that is still open is rolled back. Sends nothing if none is open.
    #[default]
    Rollback,
    /// The settings that a session has changed are reset as well, so that no session inherits them:
    /// variables, temporary tables, advisory locks, cursors. PostgreSQL has statements for it: one
    /// batch, and then the connection is set up again. A connection to another database is closed,
    /// and the pool opens a new one when it is needed.
    ResetSettings,
}
