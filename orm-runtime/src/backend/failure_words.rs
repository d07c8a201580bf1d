//! The messages with which a database reports failures.

/// Parts of messages, for failures that Diesel has no kind for and names that it has no field for.
/// A server may be compatible with another database, so a message is searched for the parts of all
/// databases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureWords {
    /// Transactions wait for each other.
    pub(super) deadlock: &'static [&'static str],
    /// The rows have changed since the transaction read them.
    pub(super) serialization: &'static [&'static str],
    /// Someone else holds a lock.
    pub(super) locked: &'static [&'static str],
    /// The statement was cancelled. Checked after locks, because PostgreSQL reports "canceling
    /// statement due to lock timeout".
    pub(super) cut_off: &'static [&'static str],
    /// The transaction or the database is read-only.
    pub(super) read_only: &'static [&'static str],
    /// The connection is lost.
    pub(super) lost: &'static [&'static str],
    /// A CHECK is violated: a message contains all parts of one of these.
    pub(super) check: &'static [&'static [&'static str]],
    /// A value does not fit.
    pub(super) refused_values: &'static [&'static str],
    /// Finds the constraint that a message names.
    pub(super) constraint_in: fn(&str) -> Option<&str>,
    /// Finds the column that a message names. An empty name means that the message names none.
    pub(super) column_in: fn(&str) -> Option<&str>,
}
