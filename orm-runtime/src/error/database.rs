//! Errors that the database reported, and their kinds.

use std::fmt;

/// An error that the database reported, without any value that was sent to it.
///
/// It does not contain Diesel's own error, because the messages of some databases repeat the values
/// of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseError {
    /// The kind of failure.
    pub kind: DatabaseErrorKind,
    /// The database's message, without values.
    pub message: String,
    /// The violated constraint, if the database names it.
    pub constraint: Option<String>,
    /// The column, if the database names it.
    pub column: Option<String>,
}

/// The kind of failure of a [`DatabaseError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// Two rows would have the same value, or values that exclude each other.
    Unique,
    /// A reference points to no row, or something still references the row.
    ForeignKey,
    /// A column that requires a value has none.
    NotNull,
    /// A CHECK fails.
    Check,
    /// A value does not fit its column: it is out of range, too long, or not of its type.
    Value,
    /// The transaction conflicts with a concurrent one; running it again from its beginning may
    /// succeed.
    Serialization,
    /// Two transactions waited for each other; running the whole transaction again may succeed.
    Deadlock,
    /// The database or a row is locked by someone else.
    Busy,
    /// The statement was cancelled by a time limit or by request.
    Cancelled,
    /// The transaction or the database is read-only.
    ReadOnly,
    /// The connection is gone.
    Disconnected,
    /// Anything else: wrong SQL, a full disk, a missing privilege.
    Other,
}

impl DatabaseErrorKind {
    /// Returns `true` if only the statement failed, and its row is the cause.
    pub fn is_constraint(self) -> bool {
        matches!(self, Self::Unique | Self::ForeignKey | Self::NotNull | Self::Check | Self::Value)
    }

    /// Returns `true` if the same transaction, run again from its beginning, may succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Serialization | Self::Deadlock | Self::Busy)
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}

impl DatabaseError {
    pub(crate) fn plain(kind: DatabaseErrorKind, message: &str) -> Self {
        DatabaseError { kind, message: message.to_owned(), constraint: None, column: None }
    }
}
