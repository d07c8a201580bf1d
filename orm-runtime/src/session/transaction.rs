//! Transactions, savepoints, and running work again.

use std::fmt;

use super::{BeginMode, Session};
use crate::backend::{DatabaseError, DatabaseErrorKind, Dialect, TransactionControl};
use crate::error::{Error, Result};

/// The transaction of a session, as the session knows it.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// A transaction is open at the server.
    open: bool,
    /// The transaction itself, then its savepoints.
    outermost: Level,
    savepoints: Vec<Level>,
    /// How many `transaction(…)` calls enclose the running code.
    frames: u32,
    /// The next transaction is a repetition, which takes its locks early.
    repeats: bool,
    /// How many transactions the connection had open before: a test's, in which this one is a
    /// savepoint.
    base: u32,
}

/// What the session has to know of the transaction or of a savepoint.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// Something was written in it: undoing it loses work.
    pub(super) wrote: bool,
    /// The database has undone it, for this reason, and the user has not been told at its end.
    pub(super) lost: Option<DatabaseError>,
}

impl Transaction {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn innermost(&mut self) -> &mut Level {
        self.savepoints.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Whether something was written in the transaction, in whatever savepoint.
    pub(super) fn wrote(&self) -> bool {
        self.outermost.wrote || self.savepoints.iter().any(|level| level.wrote)
    }

    /// The database ended the transaction. Every level that had written is lost.
    pub(super) fn end_by_database(&mut self, why: Option<&DatabaseError>) {
        self.open = false;
        for level in std::iter::once(&mut self.outermost).chain(&mut self.savepoints) {
            if level.wrote && level.lost.is_none() {
                level.lost = why.cloned();
            }
            level.wrote = false;
        }
    }
}

impl Session {
    /// Whether a transaction is open at the server. No SQL.
    pub fn in_transaction(&self) -> bool {
        self.transaction.open
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
    /// Those of [`flush`](Self::flush); then the transaction stays open with what was flushed
    /// before. [`Error::TransactionLost`] when the transaction is gone although nobody rolled it
    /// back. [`Error::CommitUnknown`] when the connection broke before the answer came. `Ok` is
    /// returned only if the server has said that the transaction is stored.
    pub fn commit(&mut self) -> Result<()> {
        if self.transaction.frames > 0 || self.map.savepoints() > 0 {
            return Err(Error::Configuration(
                "commit() inside transaction() or savepoint(): the outermost scope commits"
                    .to_owned(),
            ));
        }
        self.commit_outermost()
    }

    fn commit_outermost(&mut self) -> Result<()> {
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        self.flush()?;
        if self.transaction.open {
            if let Err(error) = self.link.control(TransactionControl::Commit) {
                return Err(self.commit_failed(DatabaseError::of(&error)));
            }
            self.transaction.open = false;
        }
        self.transaction.outermost = Level::default();
        self.map.commit(self.options.expire_on_commit);
        Ok(())
    }

    /// A COMMIT failed: it is undone, or nobody knows.
    fn commit_failed(&mut self, error: DatabaseError) -> Error {
        let unknown = error.kind == DatabaseErrorKind::Disconnected
            || (self.dialect() == Dialect::Sqlite && error.message.contains("I/O error"));
        // Diesel has rolled back what was left; a second time does no harm.
        let gone = self.abandon();
        self.lose_transaction(None);
        if unknown {
            self.broken = Some(error.clone());
            return Error::CommitUnknown(error);
        }
        if let Err(lost) = gone
            && DatabaseError::of(&lost).kind == DatabaseErrorKind::Disconnected
        {
            self.broken = Some(DatabaseError::of(&lost));
        }
        Error::of_database(error)
    }

    /// Rolls back: the database and every object are as they were when the transaction began. Inside
    /// [`savepoint`](Self::savepoint), as when the savepoint began. One statement, or none if no
    /// transaction is open; no SELECT.
    ///
    /// Objects that were added are [transient](crate::ObjectState::Transient), with all they hold.
    ///
    /// # Errors
    /// [`Error::Disconnected`] when the connection is lost; the objects are put back all the same.
    pub fn rollback(&mut self) -> Result<()> {
        let result = if self.map.savepoints() > 0 {
            let result = self.undo_savepoint().and_then(|()| self.set_savepoint());
            self.map.roll_back_level();
            self.map.begin_level();
            *self.transaction.innermost() = Level::default();
            result
        } else {
            let result = self.end_at_server();
            self.map.roll_back_level();
            self.transaction.outermost = Level::default();
            result
        };
        if let Some(observer) = self.link.observer() {
            observer.foreign_failure = None;
        }
        result
    }

    /// ROLLBACK, if there is something to roll back and a connection to say it on.
    fn end_at_server(&mut self) -> Result<()> {
        let was_open = std::mem::replace(&mut self.transaction.open, false);
        if let Some(why) = self.broken.take() {
            // The answer to a lost connection: the session can be used as soon as it has a new one.
            if self.url.is_some() {
                return self.reconnect();
            }
            self.broken = Some(why);
            return Ok(());
        }
        if was_open && let Err(error) = self.abandon() {
            let error = DatabaseError::of(&error);
            // "no transaction is active": the database had ended it before.
            if error.kind == DatabaseErrorKind::Disconnected {
                self.broken = Some(error.clone());
                return Err(Error::Disconnected(error));
            }
        }
        Ok(())
    }

    /// Runs work in a savepoint: kept when the closure returns `Ok`, undone in the database and in
    /// every object when it returns `Err` or panics. SAVEPOINT and RELEASE, or ROLLBACK TO; what
    /// waits is flushed before.
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
    /// session.commit()?; // what was done before the savepoint is stored
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What the closure returns, and what the database answers.
    pub fn savepoint<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.flush()?;
        self.begin_write()?;
        self.set_savepoint()?;
        self.map.begin_level();
        self.transaction.savepoints.push(Level::default());
        let depth = self.map.savepoints();
        let mut guard = OnUnwind { session: self, undo: Some(|s| drop(s.leave_savepoint(false))) };
        let result = work(guard.session);
        guard.undo = None;
        let session = &mut *guard.session;
        debug_assert_eq!(session.map.savepoints(), depth, "savepoints nest");
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
        let undone = self.undo_savepoint();
        self.transaction.savepoints.pop();
        self.map.roll_back_level();
        kept?;
        undone
    }

    fn keep_savepoint(&mut self) -> Result<bool> {
        self.settle_foreign();
        if let Some(why) = self.transaction.innermost().lost.take() {
            return Err(Error::TransactionLost(why));
        }
        self.flush()?;
        if self.has_savepoint()
            && let Err(error) = self.link.control(TransactionControl::Commit)
        {
            return Err(self.statement_failed(error));
        }
        self.map.release_level();
        if let Some(level) = self.transaction.savepoints.pop() {
            self.transaction.innermost().wrote |= level.wrote;
        }
        Ok(true)
    }

    fn set_savepoint(&mut self) -> Result<()> {
        match self.link.control(TransactionControl::Begin) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// ROLLBACK TO the innermost savepoint, if the server still has it.
    fn undo_savepoint(&mut self) -> Result<()> {
        if !self.has_savepoint() {
            return Ok(());
        }
        if let Some(observer) = self.link.observer() {
            observer.foreign_failure = None;
        }
        match self.link.control(TransactionControl::Rollback) {
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
        let expected = self.transaction.base + 1 + self.transaction.savepoints.len() as u32;
        self.broken.is_none()
            && self.transaction.open
            && self.link.depth().is_some_and(|depth| depth >= expected)
    }

    /// Runs work and commits when it returns `Ok`; rolls back when it returns `Err` or panics.
    /// Inside another `transaction` it joins that one: only the outermost commits.
    ///
    /// # Errors
    /// What the closure returns, and those of [`commit`](Self::commit), after which everything is
    /// rolled back.
    pub fn transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.transaction.frames > 0 {
            return work(self);
        }
        self.transaction.frames = 1;
        let mut guard = OnUnwind { session: self, undo: Some(|s| drop(s.leave_frame())) };
        let result = work(guard.session);
        guard.undo = None;
        let session = &mut *guard.session;
        session.transaction.frames = 0;
        match result {
            Ok(value) => match session.commit_outermost() {
                Ok(()) => Ok(value),
                Err(error) => {
                    // The first error is the one to tell.
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

    fn leave_frame(&mut self) -> Result<()> {
        self.transaction.frames = 0;
        self.rollback()
    }

    /// After a lost connection it is the caller who decides what becomes of the edits.
    fn rollback_unless_unknown(&mut self, error: &Error) -> Result<()> {
        if error.is_disconnect() { Ok(()) } else { self.rollback() }
    }

    /// Runs work in a transaction, and again with an empty identity map when it met another
    /// transaction (a deadlock, a serialization failure, a locked database), up to `attempts` times
    /// in all, with a growing pause between. Nothing else is ever run again.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Account { id: i64, balance: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Account].create_all(&mut session)?;
    /// # session.add(Account { id: 1, balance: 10 }); session.commit()?;
    /// session.retry(5, |session| {
    ///     let account = session.one::<Account>(1)?;
    ///     session[account].balance -= 3;
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What the closure returns the last time, and [`Error::State`] when work is waiting already:
    /// what is not in the closure could not be run again.
    pub fn retry<T, E>(
        &mut self,
        attempts: u32,
        mut work: impl FnMut(&mut Session) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error> + Retryable,
    {
        if !self.map.is_clean() || self.transaction.wrote() || self.transaction.frames > 0 {
            return Err(Error::Configuration(
                "retry() needs a session without unfinished work: commit or roll back before, and \
                 do everything inside the closure"
                    .to_owned(),
            )
            .into());
        }
        if self.transaction.open {
            self.rollback()?;
        }
        for attempt in 1.. {
            self.clear();
            self.transaction.repeats = attempt > 1;
            let result = self.transaction(&mut work);
            self.transaction.repeats = false;
            match result {
                Err(error) if attempt < attempts && error.is_retryable() => pause(attempt),
                result => return result,
            }
        }
        unreachable!("the loop ends by return")
    }

    /// Begins the transaction for a statement that reads.
    pub(super) fn begin_read(&mut self) -> Result<()> {
        self.begin_with(false)
    }

    /// Begins the transaction for a statement that writes.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        self.begin_with(true)
    }

    fn begin_with(&mut self, writes: bool) -> Result<()> {
        if self.transaction.open && self.broken.is_none() {
            self.settle_foreign();
            if self.transaction.open {
                return Ok(());
            }
        }
        self.check_connected()?;
        self.transaction.base = self.link.depth().unwrap_or_default();
        let begun = if self.transaction.base > 0 {
            self.link.control(TransactionControl::Begin)
        } else {
            self.link.begin_with(self.begin_words(writes))
        };
        match begun {
            Ok(()) => {
                self.transaction.open = true;
                Ok(())
            }
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    fn begin_words(&self, writes: bool) -> &'static str {
        if self.dialect() != Dialect::Sqlite {
            return "BEGIN";
        }
        match self.options.begin {
            BeginMode::Auto if writes || self.transaction.repeats => "BEGIN IMMEDIATE",
            BeginMode::Auto | BeginMode::Deferred => "BEGIN",
            BeginMode::Immediate => "BEGIN IMMEDIATE",
            BeginMode::Exclusive => "BEGIN EXCLUSIVE",
        }
    }

    /// ROLLBACK of the session's transaction, whatever the server has left of it.
    pub(super) fn abandon(&mut self) -> diesel::QueryResult<()> {
        if self.transaction.base > 0 {
            return self.link.control(TransactionControl::Rollback);
        }
        self.link.abandon()
    }

    pub(super) fn check_connected(&self) -> Result<()> {
        match &self.broken {
            Some(error) => Err(Error::Disconnected(error.clone())),
            None => Ok(()),
        }
    }

    /// Tells once that the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        let Some(why) = self.transaction.outermost.lost.take() else { return Ok(()) };
        // What was done since, in a transaction that nobody asked for, belongs to the lost one.
        if self.transaction.open {
            let _ = self.abandon();
            self.transaction.open = false;
            self.map.unflush();
        }
        self.transaction.outermost = Level::default();
        Err(Error::TransactionLost(why))
    }
}

/// An error type that can say whether running the transaction again may help: that of your own
/// application, for [`Session::retry`].
pub trait Retryable {
    /// Whether the whole transaction may succeed when it is run again.
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

/// Waits a little longer each time, not in step with others who wait.
fn pause(attempt: u32) {
    use std::hash::{BuildHasher, RandomState};
    let most: u64 = (2_u64 << attempt.min(8)).min(250);
    let jitter = RandomState::new().hash_one(attempt) % most;
    std::thread::sleep(std::time::Duration::from_millis(most / 2 + jitter / 2));
}

/// Undoes work when a panic goes through the session, as the guards of rusqlite do.
pub(super) struct OnUnwind<'s> {
    pub(super) session: &'s mut Session,
    pub(super) undo: Option<fn(&mut Session)>,
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
