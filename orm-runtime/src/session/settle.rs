//! What the session does when a statement fails: it finds out what is left of the transaction, and
//! brings the map in line with it.
//!
//! A failed statement leaves a transaction in a different state on each database. PostgreSQL refuses
//! everything until a rollback. SQLite and MySQL undo the statement only, but some failures (a full
//! disk, a deadlock) end the whole transaction without saying so.

use super::Session;
use crate::backend::{AfterFailure, Fault, TransactionControl};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::mapping::Entity;

impl Session {
    /// Settles the failure of a statement of the session's own, and sorts the error.
    pub(super) fn statement_failed(&mut self, error: diesel::result::Error) -> Error {
        let Some(error) = DatabaseError::reported_by(&error) else {
            // The statement did not reach the database, or a value could not be read.
            return Error::Diesel(error);
        };
        self.settle(&error);
        Error::of_database(error)
    }

    /// Settles the failure of a statement whose rows were being read.
    pub(super) fn fault(&mut self, fault: Fault) -> Error {
        match fault {
            Fault::Sql(error) => self.statement_failed(error),
            Fault::Row(error) => error,
        }
    }

    /// The same for a statement that writes rows of one entity: a violated constraint names it.
    pub(super) fn write_fault<T: Entity>(&mut self, fault: Fault) -> Error {
        match self.fault(fault) {
            Error::Database(error) if error.kind.is_constraint() => {
                Error::violation_of(T::META, error)
            }
            other => other,
        }
    }

    /// Brings transaction and map in line with what the failure has left at the server.
    pub(super) fn settle(&mut self, error: &DatabaseError) {
        if error.kind == DatabaseErrorKind::Disconnected {
            self.transaction.disconnect(error.clone());
            self.lose_transaction(None);
            return;
        }
        if !self.transaction.is_open() {
            return;
        }
        let over = match self.dialect().capabilities().after_failure {
            AfterFailure::ScopeOver => return self.undo_innermost(error),
            AfterFailure::PerhapsOver => !self.refuses_begin(),
            // A lock that took too long undoes the statement only.
            AfterFailure::OverByDeadlock => {
                error.kind.is_retryable() && error.kind != DatabaseErrorKind::Busy
            }
        };
        if over {
            self.transaction_gone(error);
        }
    }

    /// The database refuses every statement until the innermost savepoint, or the transaction, is
    /// rolled back. It is done here, so that the session works on; its end reports the loss.
    fn undo_innermost(&mut self, error: &DatabaseError) {
        if self.transaction.savepoints() > 0 {
            let again = self
                .connection
                .control(TransactionControl::Rollback)
                .and_then(|()| self.connection.control(TransactionControl::Begin));
            if again.is_err() {
                self.transaction_gone(error);
                return;
            }
            self.transaction.lose_savepoint(error);
            self.revert_flush_if_gone();
        } else {
            self.transaction_gone(error);
        }
    }

    /// The transaction is gone at the server, or is ended now.
    pub(super) fn transaction_gone(&mut self, error: &DatabaseError) {
        if let Err(lost) = self.abandon() {
            let lost = DatabaseError::of(&lost);
            if lost.kind == DatabaseErrorKind::Disconnected {
                self.transaction.disconnect(lost);
            }
        }
        self.lose_transaction(Some(error));
    }

    /// Ends a transaction in which nothing was written.
    pub(super) fn end_unwritten(&mut self) {
        if let Err(error) = self.abandon() {
            self.settle(&DatabaseError::of(&error));
        }
        self.lose_transaction(None);
    }

    /// Nothing of the transaction is stored: its flushes are undone in the map, with every edit
    /// kept, and what was read in it is stale. With a reason, its end will report it; without, the
    /// caller does so now.
    pub(super) fn lose_transaction(&mut self, why: Option<&DatabaseError>) {
        self.transaction.end_by_database(why);
        self.revert_flush_if_gone();
        self.map.disbelieve_transaction();
    }

    /// Undoes the flushes of the innermost transaction scope in the map, if the server has lost them. Those of the
    /// transaction scopes around it have their turn when this one is over, for it may be put back to its beginning.
    pub(super) fn revert_flush_if_gone(&mut self) {
        if self.transaction.take_gone() {
            self.map.revert_flush();
        }
    }

    /// Returns `true` if the database refuses BEGIN, because it still has the transaction.
    pub(super) fn refuses_begin(&mut self) -> bool {
        let begun = self.connection.batch("BEGIN").is_ok();
        if begun {
            let _ = self.connection.batch("ROLLBACK");
        }
        if let Some(observer) = self.connection.observer() {
            observer.seen.count_control(1 + u64::from(begun));
        }
        !begun
    }
}
