//! The setup of a connection before a session uses it.

/// The options of a session that concern its connection.
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only SQLite uses it"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionSetup {
    /// How long a statement waits for a lock, if the connection itself waits.
    pub(crate) busy_timeout_ms: u32,
    /// Whether foreign keys are enforced, if an option says so.
    pub(crate) foreign_keys: bool,
    /// Whether a database file uses a write-ahead log.
    pub(crate) write_ahead: bool,
    /// When a database file waits for the disk.
    pub(crate) synchronous: Option<Synchronous>,
}

/// When SQLite waits until its files are on the disk (`PRAGMA synchronous`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// Never. A power failure may destroy the database.
    Off,
    /// At the moments that keep the database intact. With a write-ahead log, the last commits may
    /// be undone by a power failure.
    Normal,
    /// At each commit. With a write-ahead log, each commit survives a power failure.
    Full,
    /// As `Full`, and also for the directory of a journal.
    Extra,
}
