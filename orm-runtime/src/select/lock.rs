//! Locks on the rows that a query reads.

use crate::backend::Dialect;
use crate::mapping::EntityMeta;
use crate::sql::Text;

/// The lock that a query takes on the rows it reads, until the transaction ends.
///
/// SQLite has no row locks: there a locking query begins the transaction as a write transaction. A
/// query for a base locks the rows of its table. On PostgreSQL it does not lock the rows in the
/// tables of subtypes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lock {
    /// `FOR UPDATE`: waits until other transactions release their locks on the rows.
    Update,
    /// `FOR UPDATE NOWAIT`: fails if a row is locked.
    UpdateNowait,
    /// `FOR UPDATE SKIP LOCKED`: leaves out locked rows.
    UpdateSkipLocked,
    /// `FOR SHARE`: other transactions can read the rows and lock them for sharing, but not change
    /// them.
    Share,
}

impl Lock {
    /// Returns the locking clause at the end of the query. Where rows that may be missing cannot be
    /// locked, the clause names only those tables of a hierarchy that have a row for every object.
    pub(crate) fn words(self, dialect: Dialect, meta: &EntityMeta) -> String {
        let Some(locks) = dialect.capabilities().row_locks else { return String::new() };
        let (words, end) = match self {
            Lock::Update => (" FOR UPDATE", ""),
            Lock::UpdateNowait => (" FOR UPDATE", " NOWAIT"),
            Lock::UpdateSkipLocked => (" FOR UPDATE", " SKIP LOCKED"),
            Lock::Share => (locks.share, ""),
        };
        let mut text = Text::new(dialect, words);
        if locks.names_tables && meta.is_split() {
            text.push(" OF ").list(meta.own_tables(), |text, table| {
                text.name(table.table);
            });
        }
        text.push(end);
        text.finish()
    }
}
