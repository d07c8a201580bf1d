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
    /// What stands at the end of the query. PostgreSQL locks no rows that may be missing: of a hierarchy
    /// only the tables are locked in which every object has a row.
    pub(super) fn words(self, dialect: Dialect, meta: &EntityMeta) -> String {
        let (words, end) = match (dialect, self) {
            (Dialect::Sqlite, _) => return String::new(),
            (_, Lock::Update) => (" FOR UPDATE", ""),
            (_, Lock::UpdateNowait) => (" FOR UPDATE", " NOWAIT"),
            (_, Lock::UpdateSkipLocked) => (" FOR UPDATE", " SKIP LOCKED"),
            // The older spelling, which MariaDB knows as well.
            (Dialect::Mysql, Lock::Share) => (" LOCK IN SHARE MODE", ""),
            (Dialect::Postgres, Lock::Share) => (" FOR SHARE", ""),
        };
        let mut text = Text::new(dialect, words);
        if dialect == Dialect::Postgres && meta.is_split() {
            text.push(" OF ").list(meta.own_tables(), |text, table| {
                text.name(table.table);
            });
        }
        text.push(end);
        text.finish()
    }
}
