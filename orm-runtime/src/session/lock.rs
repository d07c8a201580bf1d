//! Locks on the rows that a query reads.

use crate::backend::Dialect;

/// How the rows that a query reads are locked until the transaction ends.
///
/// SQLite has no locks on rows: there a locking query begins the transaction as one that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lock {
    /// `FOR UPDATE`: waits for others who lock the rows.
    Update,
    /// `FOR UPDATE NOWAIT`: fails when a row is locked.
    UpdateNowait,
    /// `FOR UPDATE SKIP LOCKED`: leaves out rows that are locked.
    UpdateSkipLocked,
    /// `FOR SHARE`: others may read and share, not change.
    Share,
}

impl Lock {
    pub(super) fn words(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, _) => "",
            (_, Lock::Update) => " FOR UPDATE",
            (_, Lock::UpdateNowait) => " FOR UPDATE NOWAIT",
            (_, Lock::UpdateSkipLocked) => " FOR UPDATE SKIP LOCKED",
            // The older spelling, which MariaDB knows as well.
            (Dialect::Mysql, Lock::Share) => " LOCK IN SHARE MODE",
            (Dialect::Postgres, Lock::Share) => " FOR SHARE",
        }
    }
}
