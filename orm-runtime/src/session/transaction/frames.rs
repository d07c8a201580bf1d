//! Transactions around a closure, and running them again.

use std::fmt;
use std::panic::Location;

use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::session::Session;

impl Session {
    /// Runs a closure in a transaction. Commits if the closure returns `Ok`, and rolls back if it
    /// returns `Err` or panics.
    ///
    /// Inside another `transaction` or `savepoint`, the call joins it: only the outermost scope
    /// commits. Sends COMMIT or ROLLBACK, and the BEGIN of the first statement; nothing if no
    /// statement was sent and there are no pending changes.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let ada = session.transaction(|session| {
    ///     Ok(session.add(User::builder().name("ada").build()))
    /// })?;
    /// assert!(session.key(ada).is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// A closure refuses its work for a reason of its own with
    /// [`Error::application`], or with your own error type in
    /// [`transaction_with`](Self::transaction_with).
    ///
    /// # Errors
    /// Returns the error of the closure, or an error of [`commit`](Self::commit), after which
    /// everything is rolled back.
    #[track_caller]
    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.transaction_with(work)
    }

    /// Runs a closure in a transaction, as [`transaction`](Self::transaction) does, with your own
    /// error type. If the closure does not determine the type, write
    /// `transaction_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`transaction`](Self::transaction).
    #[track_caller]
    pub fn transaction_with<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_from(Location::caller(), work)
    }

    /// Runs a closure in a transaction for a call from a place in the program.
    pub(in crate::session) fn transaction_from<T, E: From<Error>>(
        &mut self,
        place: &'static Location<'static>,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_inside() {
            return work(self);
        }
        self.at_server(|server| server.state_mut().set_in_frame(true));
        let mut guard = OnUnwind { session: self, undo: Some(|s| drop(s.leave_frame())) };
        let result = work(guard.session);
        guard.undo = None;
        let session = &mut *guard.session;
        session.at_server(|server| server.state_mut().set_in_frame(false));
        let _call = session.call_from(place, Cause::Transaction, None);
        match result {
            Ok(value) => match session.commit_outermost() {
                Ok(()) => Ok(value),
                Err(error) => {
                    // Report the first error.
                    let _ = session.rollback_unless_unknown(&error);
                    Err(error.into())
                }
            },
            Err(error) => {
                session.rollback()?;
                Err(error)
            }
        }
    }

    /// Returns `true` if an outer scope, or a call that runs a listener, ends the transaction.
    fn is_inside(&self) -> bool {
        self.in_scope() || self.listeners().running()
    }

    fn leave_frame(&mut self) -> Result<()> {
        self.at_server(|server| server.state_mut().set_in_frame(false));
        self.rollback()
    }

    /// Rolls back unless the connection is lost: then the caller decides whether to keep the edits.
    fn rollback_unless_unknown(&mut self, error: &Error) -> Result<()> {
        if error.is_disconnect() { Ok(()) } else { self.rollback() }
    }

    /// Runs a closure in a transaction. If it was in conflict with another transaction (a deadlock,
    /// a serialization failure, a locked database), runs it again with an empty identity map. Runs
    /// at most `attempts` times, with a growing pause between runs. No other error is retried.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Account { id: i64, balance: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Account].create_all(&mut session)?;
    /// # session.add(Account { id: 1, balance: 10 }); session.commit()?;
    /// session.retry(5, |session| {
    ///     let account = session.get_one::<Account>(1)?;
    ///     session[account].balance -= 3;
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the error of the last run. Returns [`Error::Configuration`] if the session has
    /// pending changes or is inside another scope, because that work could not be run again.
    #[track_caller]
    pub fn retry<T>(
        &mut self,
        attempts: u32,
        work: impl FnMut(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.retry_with(attempts, work)
    }

    /// Runs a closure in a transaction and retries it, as [`retry`](Self::retry) does, with your
    /// own error type, which says by [`Retryable`] whether another run may help. If the closure
    /// does not determine the type, write `retry_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`retry`](Self::retry).
    #[track_caller]
    pub fn retry_with<T, E>(
        &mut self,
        attempts: u32,
        work: impl FnMut(&mut Session) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error> + Retryable,
    {
        self.retry_from(Location::caller(), attempts, work)
    }

    /// Runs a closure in a transaction and retries it, for a call from a place in the program.
    pub(in crate::session) fn retry_from<T, E>(
        &mut self,
        place: &'static Location<'static>,
        attempts: u32,
        mut work: impl FnMut(&mut Session) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error> + Retryable,
    {
        if !self.map().is_clean() || self.server().state().wrote() || self.is_inside() {
            return Err(Error::Configuration(
                "retry() needs a session without unfinished work: commit or roll back first, and \
                 do everything inside the closure"
                    .to_owned(),
            )
            .into());
        }
        if self.in_transaction() {
            self.rollback()?;
        }
        for attempt in 1.. {
            self.clear();
            self.at_server(|server| server.state_mut().set_repeats(attempt > 1));
            let result = self.transaction_from(place, &mut work);
            self.at_server(|server| server.state_mut().set_repeats(false));
            match result {
                Err(error) if attempt < attempts && error.is_retryable() => pause(attempt),
                result => return result,
            }
        }
        unreachable!("the loop ends by return")
    }
}

/// An error type that says whether running the transaction again may help. Implement it for your
/// application's error type to use [`Session::retry_with`].
pub trait Retryable {
    /// Returns `true` if the whole transaction may succeed when it is run again.
    fn is_retryable(&self) -> bool;
}

impl Retryable for Error {
    fn is_retryable(&self) -> bool {
        Error::is_retryable(self)
    }
}

impl Retryable for Box<dyn std::error::Error + Send + Sync> {
    fn is_retryable(&self) -> bool {
        self.downcast_ref::<Error>().is_some_and(Error::is_retryable)
    }
}

/// Waits a little longer after each attempt, with jitter so that competing transactions do not stay
/// in step.
pub(in crate::session) fn pause(attempt: u32) {
    use std::hash::{BuildHasher, RandomState};
    let most: u64 = (2_u64 << attempt.min(8)).min(250);
    let jitter = RandomState::new().hash_one(attempt) % most;
    std::thread::sleep(std::time::Duration::from_millis(most / 2 + jitter / 2));
}

/// Undoes work if a panic unwinds through the session.
pub(in crate::session) struct OnUnwind<'s> {
    pub(in crate::session) session: &'s mut Session,
    pub(in crate::session) undo: Option<fn(&mut Session)>,
}

impl Drop for OnUnwind<'_> {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            undo(self.session);
        }
    }
}

impl fmt::Debug for OnUnwind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnUnwind")
    }
}
