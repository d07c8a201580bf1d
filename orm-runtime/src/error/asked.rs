//! What callers ask of an error.

use super::application::is_any;
use super::{DatabaseError, DatabaseErrorKind, Error};

impl Error {
    /// Returns what the database reported, or `None` if the error did not come from the database.
    pub fn database(&self) -> Option<&DatabaseError> {
        match self {
            Error::Constraint(violation) => Some(&violation.error),
            Error::Database(error)
            | Error::Conflict(error)
            | Error::TransactionLost(error)
            | Error::SavepointLost(error)
            | Error::Disconnected(error)
            | Error::CommitUnknown(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the whole transaction may succeed when it is run again from its beginning.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Conflict(_) => true,
            Error::TransactionLost(error) | Error::SavepointLost(error) => {
                error.kind.is_retryable()
            }
            // An error of this crate may be the cause of the program's error.
            Error::Application(error) => is_any(&**error, Error::is_retryable),
            _ => false,
        }
    }

    /// Returns `true` if the connection is gone and the session needs
    /// [`reconnect`](crate::Session::reconnect).
    pub fn is_disconnect(&self) -> bool {
        match self {
            Error::Application(error) => is_any(&**error, Error::is_disconnect),
            _ => matches!(self, Error::Disconnected(_) | Error::CommitUnknown(_)),
        }
    }

    /// Returns `true` if a row violates a constraint of this kind.
    pub fn is_violation(&self, kind: DatabaseErrorKind) -> bool {
        matches!(self, Error::Constraint(violation) if violation.error.kind == kind)
    }

    /// Sets the number of the result's row that cannot be read, if its key is not known.
    #[cold]
    pub(crate) fn of_row(&mut self, number: usize) {
        if let Error::Decode { key: None, row: row @ None, .. } = self {
            *row = Some(number);
        }
    }

    /// Converts an error of the database to the variant that tells the caller what to do.
    pub(crate) fn of_database(error: DatabaseError) -> Self {
        match error.kind {
            DatabaseErrorKind::Disconnected => Error::Disconnected(error),
            kind if kind.is_retryable() => Error::Conflict(error),
            _ => Error::Database(error),
        }
    }
}
