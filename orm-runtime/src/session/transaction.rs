//! The transaction: begun with the first statement, ended by commit or rollback.

use super::frames::OnUnwind;
use super::{BeginMode, Session};
use crate::backend::TransactionControl;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::map::Written;

impl Session {
    /// Whether a transaction is open at the server. No SQL.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_open()
    }

    /// Begins the transaction now. It begins by itself with the first statement; this is for taking
    /// a lock before that. One statement, or none if it is open.
    ///
    /// # Errors
    /// What the database answers, such as [`Error::Conflict`] when SQLite is locked for longer than
    /// the timeout.
    pub fn begin(&mut self) -> Result<()> {
        self.begin_write()
    }

    /// Writes everything that waits and commits. With nothing to write in a transaction that was not
    /// begun, no statement; else those of [`flush`](Self::flush) and COMMIT.
    ///
    /// Deleted objects leave the session, the others become stale
    /// ([`expire_on_commit`](super::SessionOptions::expire_on_commit)).
    ///
    /// # Errors
    /// Those of [`flush`](Self::flush). Then the transaction stays open with what was flushed before;
    /// a transaction that has only read, without a lock and without [`begin`](Self::begin), is over, and
    /// what was read in it is stale. [`Error::TransactionLost`] when the transaction is gone although nobody rolled it
    /// back. [`Error::CommitUnknown`] when the connection broke before the answer came.
    /// [`Error::Configuration`] inside `transaction` or `savepoint`, whose outermost scope commits.
    /// `Ok` is returned only if the server has said that the transaction is stored.
    pub fn commit(&mut self) -> Result<()> {
        self.not_in_listener("commit")?;
        if self.in_scope() {
            return Err(Error::Configuration(
                "commit() inside transaction() or savepoint(): the outermost scope commits"
                    .to_owned(),
            ));
        }
        self.commit_outermost()
    }

    /// Whether a `transaction` or a `savepoint` encloses the running code.
    pub(super) fn in_scope(&self) -> bool {
        self.transaction.in_frame() || self.transaction.savepoints() > 0
    }

    pub(super) fn commit_outermost(&mut self) -> Result<()> {
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        self.tell(|listener, session| listener.before_commit(session))?;
        self.transaction.set_ending(true);
        // Also where a hook panics.
        let guard = OnUnwind { session: self, undo: Some(|s| s.transaction.set_ending(false)) };
        let flushed = guard.session.flush_until_clean();
        drop(guard);
        flushed?;
        // A listener may have met a failure and told nobody.
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        if self.transaction.is_open() {
            let id = self.commit_id()?;
            if let Err(error) = self.connection.control(TransactionControl::Commit) {
                return Err(self.commit_failed(DatabaseError::of(&error), id));
            }
        }
        self.transaction.store();
        self.map.commit(self.options.expire_on_commit);
        self.map.forget_given_up();
        self.tell_after_commit();
        Ok(())
    }

    /// A COMMIT failed: it is undone, or nobody knows.
    fn commit_failed(&mut self, error: DatabaseError, id: Option<i64>) -> Error {
        let unknown = error.kind == DatabaseErrorKind::Disconnected
            || (self.dialect().capabilities().doubts_failed_writes
                && error.message.contains("I/O error"));
        // Diesel has rolled back what was left; a second time does no harm.
        let gone = self.abandon();
        if unknown {
            // The map stays as it was flushed until somebody knows.
            self.transaction.leave_unanswered(error.clone(), id);
            return Error::CommitUnknown(error);
        }
        self.lose_transaction(None);
        if error.message.contains("no transaction is active") {
            return Error::TransactionLost(error);
        }
        if let Err(lost) = gone {
            let lost = DatabaseError::of(&lost);
            if lost.kind == DatabaseErrorKind::Disconnected {
                self.transaction.disconnect(lost);
            }
        }
        Error::of_database(error)
    }

    /// Rolls back: the database and every object are as they were when the transaction began. Inside
    /// [`savepoint`](Self::savepoint), as when the savepoint began. One statement, or none if no
    /// transaction is open; no SELECT.
    ///
    /// Objects that were added are [transient](crate::ObjectState::Transient), with all they hold: they
    /// can be read and added again. Of those of earlier transactions the last 1,000 of an entity stay.
    /// Objects that were first read after something was written in bulk or by SQL may be of rows that
    /// are undone: such an object is written only after its row was found to be what was read.
    ///
    /// # Errors
    /// [`Error::Disconnected`] when the connection is lost; the objects are put back all the same.
    pub fn rollback(&mut self) -> Result<()> {
        self.not_in_listener("rollback")?;
        let wrote = self.may_have_written();
        let result = if self.transaction.savepoints() > 0 {
            let result = self.undo_savepoint().and_then(|()| self.set_savepoint());
            self.map.roll_back_undo_log(wrote);
            self.map.begin_undo_log();
            self.transaction.roll_back();
            result
        } else {
            let result = self.end_at_server();
            self.map.roll_back_undo_log(wrote);
            self.map.forget_given_up();
            self.transaction.roll_back();
            result
        };
        if let Some(observer) = self.connection.observer() {
            observer.foreign_failure = None;
        }
        self.tell_after_rollback();
        result
    }

    /// Notes that something was written in the innermost scope.
    pub(super) fn note_written(&mut self, how: Written) {
        self.transaction.write();
        self.map.note_written(how);
    }

    /// Whether something was written in the innermost scope, by the session or past it.
    pub(super) fn may_have_written(&mut self) -> bool {
        self.connection.observe_again();
        let unseen = std::mem::take(&mut self.connection.unseen);
        let foreign = self.connection.observer().is_some_and(|observer| observer.foreign > 0);
        unseen || foreign || self.transaction.wrote_innermost()
    }

    /// ROLLBACK, if there is something to roll back and a connection to say it on.
    fn end_at_server(&mut self) -> Result<()> {
        let was_open = self.transaction.end();
        if self.transaction.broken().is_some() {
            // The answer to a lost connection: the session can be used as soon as it has a new one.
            self.transaction.give_up_commit();
            return if self.url.is_some() { self.reconnect() } else { Ok(()) };
        }
        if was_open && let Err(error) = self.abandon() {
            let error = DatabaseError::of(&error);
            // "no transaction is active": the database had ended it before.
            if error.kind == DatabaseErrorKind::Disconnected {
                self.transaction.disconnect(error.clone());
                return Err(Error::Disconnected(error));
            }
        }
        Ok(())
    }

    /// Begins the transaction for a statement that reads.
    pub(super) fn begin_read(&mut self) -> Result<()> {
        self.begin_with(false)
    }

    /// Begins the transaction for a statement that writes, or takes locks.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        self.begin_with(true)?;
        self.transaction.take_locks();
        Ok(())
    }

    /// Begins the transaction for a flush, whose statements are undone where one of them fails.
    pub(super) fn begin_flush(&mut self) -> Result<()> {
        self.begin_with(true)
    }

    fn begin_with(&mut self, writes: bool) -> Result<()> {
        if self.transaction.is_open() {
            self.settle_foreign();
            if self.transaction.is_open() {
                return Ok(());
            }
        }
        self.check_connected()?;
        let base = self.connection.depth().unwrap_or_default();
        let begun = if base > 0 {
            self.connection.control(TransactionControl::Begin)
        } else {
            self.connection.begin_with(self.begin_words(writes))
        };
        match begun {
            Ok(()) => self.transaction.begin(base),
            Err(error) => return Err(self.statement_failed(error)),
        }
        // The database has ended the transaction inside savepoints that are still running: what is
        // done from here on is undone with them.
        for _ in 0..self.transaction.savepoints() {
            self.set_savepoint()?;
        }
        Ok(())
    }

    fn begin_words(&self, writes: bool) -> &'static str {
        if self.dialect().capabilities().row_locks.is_some() {
            return "BEGIN";
        }
        match self.options.begin {
            BeginMode::Auto if writes || self.transaction.repeats() => "BEGIN IMMEDIATE",
            BeginMode::Auto | BeginMode::Deferred => "BEGIN",
            BeginMode::Immediate => "BEGIN IMMEDIATE",
            BeginMode::Exclusive => "BEGIN EXCLUSIVE",
        }
    }

    /// ROLLBACK of the session's transaction, whatever the server has left of it.
    pub(super) fn abandon(&mut self) -> diesel::QueryResult<()> {
        if self.transaction.base() > 0 {
            return self.connection.control(TransactionControl::Rollback);
        }
        self.connection.abandon()
    }

    pub(super) fn check_connected(&self) -> Result<()> {
        match self.transaction.broken() {
            Some(error) => Err(Error::Disconnected(error.clone())),
            None => Ok(()),
        }
    }

    /// Tells once that the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        let Some(why) = self.transaction.take_lost_transaction() else { return Ok(()) };
        // What was done since, in a transaction that nobody asked for, belongs to the lost one.
        if self.transaction.end() {
            let _ = self.abandon();
            self.map.revert_flush();
        }
        Err(Error::TransactionLost(why))
    }
}
