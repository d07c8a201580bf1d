//! What a database can do, and how it behaves: asked for in place of its name.
//!
//! It is plain data, with functions where a text depends on names. A way that only some databases go is a
//! variant of an enum, and the variant has with it what that way needs.

use super::known_keys::{KeySequence, NewKeys};
use super::table_name::TableName;

/// What tells one database from another where the session does the same work in another way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capabilities {
    /// INSERT, UPDATE, DELETE and an upsert return rows (`RETURNING`).
    pub(crate) returns_changes: bool,
    /// What a statement that fails leaves of the transaction.
    pub(crate) after_failure: AfterFailure,
    /// BEGIN is refused in a transaction, so that it shows whether there is one.
    pub(crate) refuses_second_begin: bool,
    /// A SELECT goes on with the rows that the transaction has seen first, while an UPDATE meets them as
    /// they are now.
    pub(crate) keeps_first_look: bool,
    /// Whether rows that others have committed since can be there and not be seen.
    pub(crate) unseen_rows: UnseenRows,
    /// How rows are locked one by one, so that several transactions write at once.
    pub(crate) row_locks: Option<RowLocks>,
    /// A key of a row that is gone, or was rolled back, is made again.
    pub(crate) makes_keys_again: bool,
    /// How the keys of new rows come back.
    pub(crate) new_keys: NewKeys,
    /// The text that lets the sequence of a key go on after the last key; keys without a sequence see the
    /// greatest by themselves.
    pub(crate) advance_key: Option<fn(TableName<'_>, &str, &KeySequence) -> String>,
    /// How a sequence goes on after the greatest number of a column.
    pub(crate) sequences: Sequences,
    /// `SELECT DISTINCT ON`.
    pub(crate) distinct_on: bool,
    /// A transaction has a number, by which its outcome can be asked for later.
    pub(crate) numbers_transactions: bool,
    /// A COMMIT that fails with an error of input or output may have been stored all the same.
    pub(crate) doubts_failed_writes: bool,
    /// A decimal is brought to the digits of its column when it is stored.
    pub(crate) scales_decimals: bool,
    /// OFFSET stands alone, without a LIMIT.
    pub(crate) offset_alone: bool,
    /// A statement reads, in a subquery, from the table that it writes.
    pub(crate) reads_what_it_writes: bool,
    /// An upsert says by its count of rows that it has left one alone.
    pub(crate) counts_rows_left_alone: bool,
    /// An upsert that meets one row twice is refused.
    pub(crate) refuses_second_upsert: bool,
    /// How long statements of the schema wait for locks.
    pub(crate) ddl_locks: Option<DdlLocks>,
}

impl Capabilities {
    /// Returns `true` if a statement that fails ends the transaction, or the savepoint around it.
    pub(crate) fn errors_end_transactions(&self) -> bool {
        self.after_failure == AfterFailure::ScopeOver
    }
}

/// What a statement that fails leaves of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// Nothing is accepted until the innermost savepoint, or the transaction, is rolled back.
    ScopeOver,
    /// The statement alone is undone, but some failures end the transaction without saying so.
    PerhapsOver,
    /// The statement alone is undone, but a deadlock ends the transaction.
    OverByDeadlock,
}

/// Whether rows that others have committed since the transaction began can be there and not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnseenRows {
    /// There are none.
    None,
    /// A SELECT that locks shows them.
    ShownByLocks,
    /// Nothing shows them if this statement returns 1.
    If(&'static str),
}

/// How the rows that a query reads are locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLocks {
    /// What stands behind a query whose rows others may read and share.
    pub(crate) share: &'static str,
    /// A lock names the tables whose rows it is about, because rows that may be missing cannot be locked.
    pub(crate) names_tables: bool,
}

/// How a sequence goes on after the greatest number of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sequences {
    /// One SELECT for a table, a column and a sequence.
    Select(fn(TableName<'_>, &str, TableName<'_>) -> String),
    /// The greatest number of a column is read, and the sequence is set to it.
    SetTo { greatest: fn(TableName<'_>, &str) -> String, set: fn(TableName<'_>, i64) -> String },
    /// There are none. A table has a counter for each, and one UPDATE moves it.
    Counters(fn(TableName<'_>, &str, &str) -> String),
}

/// How long statements of the schema wait for locks, and who holds these.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DdlLocks {
    /// Limits the time, in milliseconds.
    pub(crate) limit: fn(u32) -> String,
    /// Puts the time back, where the end of the transaction does not.
    pub(crate) put_back: Option<&'static str>,
    /// Asks who holds locks: name, application, state, seconds, tables.
    pub(crate) holders: &'static str,
    /// What is said where that could not be read.
    pub(crate) hidden: &'static str,
}
