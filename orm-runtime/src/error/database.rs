//! What kind of failure the database reported.

use std::fmt;

/// An error that the database reported, without any value that was sent to it.
///
/// Diesel's own error is not kept: the texts of some databases repeat the values of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseError {
    /// What kind of failure it is.
    pub kind: DatabaseErrorKind,
    /// The database's words, with values left out.
    pub message: String,
    /// The constraint that was violated, where the database names it.
    pub constraint: Option<String>,
    /// The column concerned, where the database names it.
    pub column: Option<String>,
}

/// What kind of failure a [`DatabaseError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// Two rows would have the same value, or values that exclude each other.
    Unique,
    /// A reference leads nowhere, or something still refers to the row.
    ForeignKey,
    /// A column that needs a value has none.
    NotNull,
    /// A CHECK does not hold.
    Check,
    /// A value does not fit its column: it is out of range, too long, or not of its type.
    Value,
    /// Another transaction got in between; running the whole transaction again may succeed.
    Serialization,
    /// Two transactions waited for each other; running the whole transaction again may succeed.
    Deadlock,
    /// The database or a row is locked by someone else.
    Busy,
    /// The statement was cut off before its end: by a time limit, or because someone asked for it.
    Cancelled,
    /// The connection is gone.
    Disconnected,
    /// Anything else: wrong SQL, a full disk, a missing privilege.
    Other,
}

impl DatabaseErrorKind {
    /// Whether only the statement failed, and the row is to blame.
    pub fn is_constraint(self) -> bool {
        matches!(self, Self::Unique | Self::ForeignKey | Self::NotNull | Self::Check | Self::Value)
    }

    /// Whether the same transaction, run again from its beginning, may succeed.
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
