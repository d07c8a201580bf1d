//! The words in which a database tells what went wrong.

/// Pieces of messages, where Diesel has no kind for a failure and no field for a name. A connection
/// may be to a server that speaks for another one, so that the words of all databases are looked
/// for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureWords {
    /// Transactions wait for each other.
    pub(super) deadlock: &'static [&'static str],
    /// The rows have changed since the transaction has read them.
    pub(super) serialization: &'static [&'static str],
    /// Someone else holds a lock.
    pub(super) locked: &'static [&'static str],
    /// The statement was cut off. Looked for after locks: PostgreSQL says "canceling statement due
    /// to lock timeout".
    pub(super) cut_off: &'static [&'static str],
    /// The connection is lost.
    pub(super) lost: &'static [&'static str],
    /// A CHECK is violated: one of these, each with all of its pieces.
    pub(super) check: &'static [&'static [&'static str]],
    /// A value does not fit.
    pub(super) refused_values: &'static [&'static str],
    /// Finds the constraint that a message names.
    pub(super) constraint_in: fn(&str) -> Option<&str>,
    /// Finds the column that a message names. An empty one is known not to be named.
    pub(super) column_in: fn(&str) -> Option<&str>,
}
