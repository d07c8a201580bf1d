//! How the sending of a statement can fail, and the statements that control a transaction.

use crate::error::Error;

/// Why the rows of a statement could not all be read.
pub(crate) enum Fault {
    /// The statement or the connection failed.
    Sql(diesel::result::Error),
    /// A row could not be used.
    Row(Error),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => error.into(),
            Fault::Row(error) => error,
        }
    }
}

/// A step that begins or ends a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionControl {
    /// BEGIN, or a savepoint if a transaction is open.
    Begin,
    /// COMMIT, or the release of the innermost savepoint.
    Commit,
    /// ROLLBACK, or a rollback to the innermost savepoint.
    Rollback,
}
