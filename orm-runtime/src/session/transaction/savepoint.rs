//! Savepoints: undoing a part of a transaction.

use super::frames::OnUnwind;
use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::session::server::{Loss, Server};

impl Session {
    /// Runs a closure in a savepoint. Keeps its work if the closure returns `Ok`, and undoes it in
    /// the database and in every object if the closure returns `Err` or panics. Flushes pending
    /// changes first, then sends SAVEPOINT, and RELEASE or ROLLBACK TO.
    ///
    /// Inside the closure, [`rollback`](Self::rollback) undoes only what was done in the savepoint.
    /// This undoes work without an error, and the closure may return any value.
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
    /// Returns the error of the closure, and any database error.
    #[track_caller]
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.savepoint_with(work)
    }

    /// Runs a closure in a savepoint, as [`savepoint`](Self::savepoint) does, with your own error
    /// type. If the closure does not determine the type, write `savepoint_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`savepoint`](Self::savepoint).
    #[track_caller]
    pub fn savepoint_with<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let call = self.call(Cause::Transaction, None);
        self.flush_until_clean()?;
        self.begin_write()?;
        self.at_server(Server::set_savepoint)?;
        drop(call);
        self.map_mut().begin_undo_log();
        self.at_server(|server| server.state_mut().enter_savepoint());
        let depth = self.server().state().savepoints();
        let mut guard = OnUnwind { session: self, undo: Some(|s| drop(s.leave_savepoint(false))) };
        let result = work(guard.session);
        guard.undo = None;
        let session = &mut *guard.session;
        debug_assert_eq!(session.server().state().savepoints(), depth, "savepoints nest");
        let _call = session.call(Cause::Transaction, None);
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

    /// Ends the innermost savepoint. Undoes it if it cannot be kept.
    fn leave_savepoint(&mut self, keep: bool) -> Result<()> {
        let kept = if keep { self.keep_savepoint() } else { Ok(false) };
        if let Ok(true) = kept {
            return Ok(());
        }
        let wrote = self.at_server(Server::may_have_written);
        let undone = self.at_server(Server::undo_savepoint);
        self.at_server(|server| server.state_mut().drop_savepoint());
        self.map_mut().roll_back_undo_log(wrote);
        self.at_server(Server::revert_flush_if_gone);
        self.tell_after_rollback();
        kept?;
        undone
    }

    fn keep_savepoint(&mut self) -> Result<bool> {
        self.settle_foreign();
        match self.at_server(|server| server.state_mut().take_loss()) {
            Some(Loss::Savepoint(why)) => return Err(Error::SavepointLost(why)),
            Some(Loss::Transaction(why)) => return Err(Error::TransactionLost(why)),
            None => {}
        }
        self.flush_until_clean()?;
        self.at_server(Server::release_savepoint)?;
        self.map_mut().release_undo_log();
        self.at_server(|server| server.state_mut().keep_savepoint());
        self.at_server(Server::revert_flush_if_gone);
        Ok(true)
    }
}
