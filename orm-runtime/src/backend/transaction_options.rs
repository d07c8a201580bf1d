//! The options of a transaction, as the program asks for them.

use std::time::Duration;

/// The options of a transaction: of one ([`transaction_as`](crate::Session::transaction_as)), or of
/// all transactions of a session ([`SessionOptions::transaction`](crate::SessionOptions)).
///
/// A database that lacks an option refuses it, in words, before anything is sent. No option is
/// silently replaced by another one. By default every option is left to the server.
///
/// | | SQLite | PostgreSQL | MySQL, MariaDB |
/// |---|---|---|---|
/// | `isolation` | `Serializable` | all but `ReadUncommitted` | all |
/// | `read_only` | yes | yes | yes |
/// | `deferrable` | | serializable and read-only | |
/// | `statement_timeout` | | yes | MariaDB: yes; MySQL: for SELECT |
/// | `lock_timeout` | yes | yes | locks on rows, in whole seconds |
///
/// ```
/// use orm_runtime::transaction::{Isolation, TransactionOptions};
///
/// let report = TransactionOptions {
///     isolation: Some(Isolation::Serializable),
///     read_only: true,
///     ..TransactionOptions::default()
/// };
/// # assert!(report.read_only);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// The isolation level. Default: that of the server.
    pub isolation: Option<Isolation>,
    /// Whether the database refuses statements that write. Default: `false`.
    pub read_only: bool,
    /// Whether a serializable, read-only transaction on PostgreSQL waits at its beginning until it
    /// can run without conflicts. Default: `false`.
    pub deferrable: bool,
    /// How long a statement may run. A statement that takes longer is
    /// [`DatabaseErrorKind::Cancelled`](crate::error::DatabaseErrorKind). Default: that of the
    /// server.
    pub statement_timeout: Option<Duration>,
    /// How long a statement waits for a lock. Then it is [`Error::Conflict`](crate::Error).
    /// Default: that of the server.
    pub lock_timeout: Option<Duration>,
}

/// The isolation level of a transaction: what it sees of transactions that run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Rows that others have not committed yet are visible. Only on MySQL and MariaDB.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// Each statement sees what was committed before the first read of the transaction.
    RepeatableRead,
    /// The result is as if the transactions had run one after the other.
    Serializable,
}

impl Isolation {
    /// Returns the name of the level in SQL.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "READ UNCOMMITTED",
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        }
    }
}

impl From<Isolation> for TransactionOptions {
    fn from(isolation: Isolation) -> Self {
        TransactionOptions { isolation: Some(isolation), ..Self::default() }
    }
}

impl TransactionOptions {
    /// Returns `true` if everything is left to the server.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
