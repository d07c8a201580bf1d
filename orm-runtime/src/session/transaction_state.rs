//! What is known of the open transaction and its savepoints.

use crate::error::DatabaseError;

/// The transaction of a session, as the session knows it.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// A transaction is open at the server.
    pub(super) open: bool,
    /// It may hold locks, for more than a read or a flush has asked for it.
    pub(super) locks: bool,
    /// It is being committed: what it holds is of no use any more where that fails.
    pub(super) ending: bool,
    /// The transaction itself, then its savepoints.
    pub(super) outermost: TransactionScope,
    pub(super) savepoints: Vec<TransactionScope>,
    /// How many `transaction(…)` calls enclose the running code.
    pub(super) frames: u32,
    /// The next transaction is a repetition, which takes its locks early.
    pub(super) repeats: bool,
    /// How many transactions the connection had open before: a test's, in which this one is a
    /// savepoint.
    pub(super) base: u32,
}

/// What the session has to know of the transaction or of a savepoint.
#[derive(Debug, Default)]
pub(super) struct TransactionScope {
    /// Something was written in it: undoing it loses work.
    pub(super) wrote: bool,
    /// The database has undone it, for this reason, and the user has not been told at its end.
    pub(super) lost: Option<DatabaseError>,
    /// Nothing around it was undone with it.
    pub(super) alone: bool,
    /// The database has undone it, and the map still shows it as flushed.
    pub(super) gone: bool,
}

impl TransactionScope {
    /// The database has undone what was written in the scope.
    pub(super) fn lose(&mut self, why: Option<&DatabaseError>) {
        if !std::mem::take(&mut self.wrote) {
            return;
        }
        self.gone = true;
        if self.lost.is_none() {
            self.lost = why.cloned();
        }
    }
}

impl Transaction {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn innermost(&mut self) -> &mut TransactionScope {
        self.savepoints.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Whether something was written in the transaction, in whatever savepoint.
    pub(super) fn wrote(&self) -> bool {
        self.outermost.wrote || self.savepoints.iter().any(|scope| scope.wrote)
    }

    /// The database ended the transaction. Every scope that had written is lost.
    pub(super) fn end_by_database(&mut self, why: Option<&DatabaseError>) {
        self.open = false;
        for scope in std::iter::once(&mut self.outermost).chain(&mut self.savepoints) {
            scope.lose(why);
            scope.alone = false;
        }
    }
}
