//! Locks on the rows that a query reads.

use crate::backend::Dialect;
use crate::mapping::EntityMeta;
use crate::sql::Text;

/// How the rows that a query reads are locked until the transaction ends.
///
/// SQLite has no locks on rows: there a locking query begins the transaction as one that writes. A query
/// for a base locks the rows of its table, and on PostgreSQL not those of its subtypes.
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
    /// Returns what stands at the end of the query. Where rows that may be missing cannot be locked, only
    /// those tables of a hierarchy are locked in which every object has a row.
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
