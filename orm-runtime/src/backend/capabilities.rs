//! What a database can do, and how it behaves. Other rooms ask for a capability, not for the name
//! of a database.
//!
//! Capabilities are plain data, with functions where SQL depends on names. Where databases do
//! the same thing in different ways, each way is a variant of an enum, which contains what that way
//! needs.

use super::CancelForms;
use super::begin_forms::BeginForms;
use super::known_keys::{KeySequence, NewKeys};
use super::table_name::TableName;

/// The differences between databases that matter to the session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capabilities {
    /// The name of the database in OpenTelemetry's conventions.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "used for traces"))]
    pub(crate) system_name: &'static str,
    /// INSERT, UPDATE, DELETE and an upsert return rows (`RETURNING`).
    pub(crate) returns_changes: bool,
    /// Rows are sent by COPY.
    pub(crate) copies_rows: bool,
    /// The state of the transaction after a failed statement.
    pub(crate) after_failure: AfterFailure,
    /// BEGIN is refused in a transaction, which shows whether there is one.
    pub(crate) refuses_second_begin: bool,
    /// A SELECT keeps its first snapshot of the rows for the whole transaction, while an UPDATE
    /// acts on the current rows.
    pub(crate) keeps_first_look: bool,
    /// Whether rows that others have committed since can exist without being visible.
    pub(crate) unseen_rows: UnseenRows,
    /// How rows are locked one by one, so that several transactions can write at once.
    pub(crate) row_locks: Option<RowLocks>,
    /// The key of a row that was deleted or rolled back is generated again.
    pub(crate) makes_keys_again: bool,
    /// How the keys of new rows are returned.
    pub(crate) new_keys: NewKeys,
    /// The text that advances the sequence of a key beyond the greatest key; keys without a
    /// sequence do so by themselves.
    pub(crate) advance_key: Option<fn(TableName<'_>, &str, &KeySequence) -> String>,
    /// How a sequence is advanced beyond the greatest number of a column.
    pub(crate) sequences: Sequences,
    /// `SELECT DISTINCT ON` is supported.
    pub(crate) distinct_on: bool,
    /// A transaction has a number, with which its outcome can be queried later.
    pub(crate) numbers_transactions: bool,
    /// A COMMIT that fails with an I/O error may have been stored nevertheless.
    pub(crate) doubts_failed_writes: bool,
    /// A decimal is rounded to the digits of its column when it is stored.
    pub(crate) scales_decimals: bool,
    /// OFFSET is allowed without LIMIT.
    pub(crate) offset_alone: bool,
    /// The client library holds the whole result of a SELECT before the first row can be read.
    pub(crate) holds_whole_results: bool,
    /// A statement can read, in a subquery, from the table that it writes.
    pub(crate) reads_what_it_writes: bool,
    /// An upsert shows by its row count that it left a row unchanged.
    pub(crate) counts_rows_left_alone: bool,
    /// An expression in the RETURNING of an upsert that is true for a new row.
    pub(crate) tells_new_rows: Option<&'static str>,
    /// An upsert that affects one row twice is refused.
    pub(crate) refuses_second_upsert: bool,
    /// How a running statement is cancelled over another connection.
    pub(crate) cancels: Option<CancelForms>,
    /// Resets the settings of a connection, prepared statements excepted.
    #[cfg_attr(not(feature = "pool"), allow(dead_code, reason = "used by the pool"))]
    pub(crate) resets_settings: Option<&'static str>,
    /// How transactions begin with options.
    pub(crate) begins: BeginForms,
    /// How long schema statements wait for locks.
    pub(crate) ddl_locks: Option<DdlLocks>,
}

impl Capabilities {
    /// Returns `true` if a statement that fails ends the transaction, or the savepoint around it.
    pub(crate) fn errors_end_transactions(&self) -> bool {
        self.after_failure == AfterFailure::ScopeOver
    }
}

/// The state of the transaction after a failed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// No statement is accepted until the innermost savepoint, or the transaction, is rolled back.
    ScopeOver,
    /// Only the statement is undone, but some failures silently end the transaction.
    PerhapsOver,
    /// Only the statement is undone, but a deadlock ends the transaction.
    OverByDeadlock,
}

/// Whether rows that others have committed since the transaction began can exist without being
/// visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnseenRows {
    /// There are no such rows.
    None,
    /// A locking SELECT shows them.
    ShownByLocks,
    /// No SELECT shows them if this statement returns 1.
    If(&'static str),
}

/// How the rows that a query reads are locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLocks {
    /// The suffix of a query whose rows others may read and lock in share mode.
    pub(crate) share: &'static str,
    /// A lock names the tables whose rows it locks, because the rows of an outer join cannot be
    /// locked.
    pub(crate) names_tables: bool,
}

/// How a sequence is advanced beyond the greatest number of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sequences {
    /// One SELECT for a table, a column and a sequence.
    Select(fn(TableName<'_>, &str, TableName<'_>) -> String),
    /// The greatest number of a column is read, and the sequence is set to it.
    SetTo { greatest: fn(TableName<'_>, &str) -> String, set: fn(TableName<'_>, i64) -> String },
    /// There are no sequences. Each table has a counter, which one UPDATE advances.
    Counters(fn(TableName<'_>, &str, &str) -> String),
}

/// How long schema statements wait for locks, and who holds the locks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DdlLocks {
    /// Limits the time, in milliseconds.
    pub(crate) limit: fn(u32) -> String,
    /// Restores the time, unless the end of the transaction does.
    pub(crate) put_back: Option<&'static str>,
    /// Queries who holds locks: name, application, state, seconds, tables.
    pub(crate) holders: &'static str,
    /// The hint if this query is not permitted.
    pub(crate) hidden: &'static str,
}
