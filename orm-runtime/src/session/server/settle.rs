//! Handling of a failed statement: finds out what is left of the transaction at the server, so that
//! the map can follow.
//!
//! A failed statement leaves a transaction in a different state on each database. PostgreSQL
//! refuses everything until a rollback. SQLite and MySQL undo the statement only, but some failures
//! (a full disk, a deadlock) end the whole transaction without saying so.

use super::{Outcome, Server};
use crate::backend::{AfterFailure, Fault, TransactionChange, TransactionControl};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

impl Server {
    /// Settles the failure of one of the session's statements, and converts the error.
    pub(in crate::session) fn statement_failed(&mut self, error: diesel::result::Error) -> Error {
        let Some(error) = DatabaseError::reported_by(&error) else {
            // The statement did not reach the database, or a value could not be read.
            return Error::of_unsent(error);
        };
        self.settle(&error);
        self.named(error)
    }

    /// Converts an error of the database. A statement that was cancelled because the work must stop
    /// has the error that says so.
    pub(in crate::session) fn named(&self, error: DatabaseError) -> Error {
        if error.kind == DatabaseErrorKind::Cancelled
            && let Err(stopped) = self.connection.may_send()
        {
            return stopped.into();
        }
        Error::of_database(error)
    }

    /// Settles a failure while rows were read.
    pub(in crate::session) fn fault(&mut self, fault: Fault) -> Error {
        match fault {
            Fault::Sql(error) => self.statement_failed(error),
            Fault::Row(error) => error,
        }
    }

    /// Brings the transaction and the map in line with what the failure has left at the server.
    pub(in crate::session) fn settle(&mut self, error: &DatabaseError) {
        if error.kind == DatabaseErrorKind::Disconnected {
            self.disconnect(error.clone());
            self.lose_transaction(None);
            return;
        }
        if !self.state.is_open() {
            return;
        }
        let over = match self.dialect().capabilities().after_failure {
            AfterFailure::ScopeOver => return self.undo_innermost(error),
            AfterFailure::PerhapsOver => !self.refuses_begin(),
            // A lock timeout undoes only the statement.
            AfterFailure::OverByDeadlock => {
                error.kind.is_retryable() && error.kind != DatabaseErrorKind::Busy
            }
        };
        if over {
            self.transaction_gone(error);
        }
    }

    /// Rolls back the innermost savepoint, or the transaction, because the database refuses every
    /// other statement. The session stays usable, and the end of the scope reports the loss.
    fn undo_innermost(&mut self, error: &DatabaseError) {
        if self.state.savepoints() > 0 {
            let again = self
                .connection
                .control(TransactionControl::Rollback)
                .and_then(|()| self.connection.control(TransactionControl::Begin));
            if again.is_err() {
                self.transaction_gone(error);
                return;
            }
            self.state.lose_savepoint(error);
            self.revert_flush_if_gone();
        } else {
            self.transaction_gone(error);
        }
    }

    /// Ends the transaction if the server still has it, and treats it as lost.
    pub(in crate::session) fn transaction_gone(&mut self, error: &DatabaseError) {
        if let Err(lost) = self.abandon() {
            let lost = DatabaseError::of(&lost);
            if lost.kind == DatabaseErrorKind::Disconnected {
                self.disconnect(lost);
            }
        }
        self.lose_transaction(Some(error));
    }

    /// Ends a transaction in which nothing was written.
    pub(in crate::session) fn end_unwritten(&mut self) {
        if let Err(error) = self.abandon() {
            self.settle(&DatabaseError::of(&error));
        }
        self.lose_transaction(None);
    }

    /// Records that nothing of the transaction is stored. The map undoes its flushes and keeps
    /// every edit, and objects that were read in the transaction become stale. With a reason, the
    /// end of the transaction reports the loss; without one, the caller reports it now.
    pub(in crate::session) fn lose_transaction(&mut self, why: Option<&DatabaseError>) {
        if self.state.is_open() {
            self.report(TransactionChange::Lost);
        }
        self.state.end_by_database(why);
        self.revert_flush_if_gone();
        self.outcomes.push(Outcome::Lost);
    }

    /// Undoes the flushes of the innermost transaction scope in the map, if the server has lost
    /// them. Outer scopes are handled when the innermost scope has ended, because the map may be
    /// restored to the beginning of that scope.
    pub(in crate::session) fn revert_flush_if_gone(&mut self) {
        if self.state.take_gone() {
            self.outcomes.push(Outcome::FlushUndone);
        }
    }

    /// Returns `true` if the database refuses BEGIN, because it still has the transaction.
    pub(in crate::session) fn refuses_begin(&mut self) -> bool {
        let _asking = self.connection.asking();
        let begun = self.connection.batch("BEGIN").is_ok();
        if begun {
            let _ = self.connection.batch("ROLLBACK");
        }
        self.connection.count_control(1 + u64::from(begun));
        !begun
    }
}
