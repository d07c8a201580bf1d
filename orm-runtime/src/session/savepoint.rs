//! Savepoints: work that can be undone by itself.

use super::Session;
use super::frames::OnUnwind;
use super::transaction_state::Loss;
use crate::backend::TransactionControl;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

impl Session {
    /// Runs work in a savepoint: kept when the closure returns `Ok`, undone in the database and in
    /// every object when it returns `Err` or panics. SAVEPOINT and RELEASE, or ROLLBACK TO; what
    /// waits is flushed before.
    ///
    /// Inside the closure [`rollback`](Self::rollback) undoes what has been done in the savepoint, and no
    /// more; so work is undone without an error, and the closure answers what it likes.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, #[entity(unique)] name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// # session.add(User::builder().name("ada").build());
    /// let taken = session.savepoint(|session| {
    ///     session.add(User::builder().name("ada").build());
    ///     session.flush()
    /// });
    /// assert!(taken.is_err());
    ///
    /// let kept = session.savepoint(|session| {
    ///     session.add(User::builder().name("grace").build());
    ///     if session.query::<User>().count()? > 1 {
    ///         session.rollback()?; // of the savepoint, not of the transaction
    ///         return Ok(false);
    ///     }
    ///     Ok(true)
    /// })?;
    /// assert!(!kept);
    /// session.commit()?; // what was done before the savepoints is stored
    /// assert_eq!(session.query::<User>().count()?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What the closure returns, and what the database answers.
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.savepoint_with(work)
    }

    /// Runs work in a savepoint, as [`savepoint`](Self::savepoint) does, with an error type of your own.
    /// Where the closure does not say which one it is, write `savepoint_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// As [`savepoint`](Self::savepoint).
    pub fn savepoint_with<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.flush_until_clean()?;
        self.begin_write()?;
        self.set_savepoint()?;
        self.map.begin_undo_log();
        self.transaction.enter_savepoint();
        let depth = self.transaction.savepoints();
        let mut guard = OnUnwind { session: self, undo: Some(|s| drop(s.leave_savepoint(false))) };
        let result = work(guard.session);
        guard.undo = None;
        let session = &mut *guard.session;
        debug_assert_eq!(session.transaction.savepoints(), depth, "savepoints nest");
        match result {
            Ok(value) => match session.leave_savepoint(true) {
                Ok(()) => Ok(value),
                Err(error) => Err(error.into()),
            },
            Err(error) => {
                session.leave_savepoint(false)?;
                Err(error)
            }
        }
    }

    /// Ends the innermost savepoint. If it can not be kept, it is undone.
    fn leave_savepoint(&mut self, keep: bool) -> Result<()> {
        let kept = if keep { self.keep_savepoint() } else { Ok(false) };
        if let Ok(true) = kept {
            return Ok(());
        }
        let wrote = self.may_have_written();
        let undone = self.undo_savepoint();
        self.transaction.drop_savepoint();
        self.map.roll_back_undo_log(wrote);
        self.revert_flush_if_gone();
        self.tell_after_rollback();
        kept?;
        undone
    }

    fn keep_savepoint(&mut self) -> Result<bool> {
        self.settle_foreign();
        match self.transaction.take_loss() {
            Some(Loss::Savepoint(why)) => return Err(Error::SavepointLost(why)),
            Some(Loss::Transaction(why)) => return Err(Error::TransactionLost(why)),
            None => {}
        }
        self.flush_until_clean()?;
        if self.has_savepoint()
            && let Err(error) = self.connection.control(TransactionControl::Commit)
        {
            return Err(match self.statement_failed(error) {
                // "no such savepoint": the database has ended the whole transaction.
                Error::Database(error) => {
                    self.transaction_gone(&error);
                    Error::TransactionLost(error)
                }
                other => other,
            });
        }
        self.map.release_undo_log();
        self.transaction.keep_savepoint();
        self.revert_flush_if_gone();
        Ok(true)
    }

    pub(super) fn set_savepoint(&mut self) -> Result<()> {
        match self.connection.control(TransactionControl::Begin) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// ROLLBACK TO the innermost savepoint, if the server still has it.
    pub(super) fn undo_savepoint(&mut self) -> Result<()> {
        if !self.has_savepoint() {
            return Ok(());
        }
        if let Some(observer) = self.connection.observer() {
            observer.foreign_failure = None;
        }
        match self.connection.control(TransactionControl::Rollback) {
            Ok(()) => Ok(()),
            Err(error) => {
                // "no such savepoint": the whole transaction is gone.
                let error = DatabaseError::of(&error);
                self.transaction_gone(&error);
                Err(match error.kind {
                    DatabaseErrorKind::Disconnected => Error::Disconnected(error),
                    _ => Error::TransactionLost(error),
                })
            }
        }
    }

    /// Whether the server has the innermost savepoint: it may have ended the transaction.
    fn has_savepoint(&mut self) -> bool {
        let expected = self.transaction.depth();
        self.transaction.is_open() && self.connection.depth().is_some_and(|depth| depth >= expected)
    }
}
