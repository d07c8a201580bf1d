//! The transaction: the first statement begins it, and a commit or a rollback ends it.

pub(super) mod commit_outcome;
pub(super) mod frames;
pub(super) mod release;
pub(super) mod savepoint;

use super::Session;
use super::server::Server;
use super::transaction::frames::OnUnwind;
use crate::backend::{Cause, Fault};
use crate::error::{DatabaseError, Error, Result};
use crate::map::Written;
use crate::mapping::Entity;

impl Session {
    /// Returns `true` if a transaction is open at the server. Sends no SQL.
    pub fn in_transaction(&self) -> bool {
        self.server().state().is_open()
    }

    /// Begins the transaction now. A transaction begins by itself with the first statement; call
    /// this to take a lock before that. Sends one statement, or none if the transaction is open.
    ///
    /// # Errors
    /// Returns any database error, such as [`Error::Conflict`] if SQLite stays locked for
    /// longer than the timeout.
    #[track_caller]
    pub fn begin(&mut self) -> Result<()> {
        let _call = self.call(Cause::Transaction, None);
        self.begin_write()
    }

    /// Flushes all pending changes and commits. Sends the statements of [`flush`](Self::flush) and
    /// COMMIT, or nothing if there are no pending changes and no transaction is open.
    ///
    /// Deleted objects leave the session. The others become stale
    /// ([`expire_on_commit`](super::SessionOptions::expire_on_commit)). `Ok` means that the server
    /// has confirmed that the transaction is stored.
    ///
    /// # Errors
    /// - The errors of [`flush`](Self::flush). The transaction then stays open with what was
    ///   flushed before. A transaction that has only read, without a lock and without
    ///   [`begin`](Self::begin), is ended instead, and the objects that it read are stale.
    /// - [`Error::TransactionLost`] if the transaction is gone although the session did not roll it
    ///   back.
    /// - [`Error::CommitUnknown`] if the connection broke before the server answered.
    /// - [`Error::Configuration`] inside `transaction` or `savepoint`: the outermost scope commits.
    #[track_caller]
    pub fn commit(&mut self) -> Result<()> {
        self.not_in_listener("commit")?;
        if self.in_scope() {
            return Err(Error::Configuration(
                "commit() is not allowed inside transaction() or savepoint(): the outermost scope \
                 commits"
                    .to_owned(),
            ));
        }
        self.commit_outermost()
    }

    /// Returns `true` inside a call of `transaction` or `savepoint`.
    pub(super) fn in_scope(&self) -> bool {
        self.server().state().in_frame() || self.server().state().savepoints() > 0
    }

    #[track_caller]
    pub(super) fn commit_outermost(&mut self) -> Result<()> {
        let _call = self.call(Cause::Transaction, None);
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        self.tell(|listener, session| listener.before_commit(session))?;
        self.at_server(|server| server.state_mut().set_ending(true));
        // Runs also if a hook panics.
        let end = |session: &mut Session| {
            session.at_server(|server| server.state_mut().set_ending(false))
        };
        let guard = OnUnwind { session: self, undo: Some(end) };
        let flushed = guard.session.flush_until_clean();
        drop(guard);
        flushed?;
        // A listener may have ignored an error that ended the transaction.
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        if self.in_transaction() {
            let id = self.commit_id()?;
            self.at_server(|server| server.commit(id))?;
        }
        self.at_server(|server| server.state_mut().store());
        self.commit_objects();
        self.map_mut().forget_given_up();
        self.tell_after_commit();
        Ok(())
    }

    /// Rolls back. The database and every object are as they were when the transaction began;
    /// inside [`savepoint`](Self::savepoint), as when the savepoint began. Sends one ROLLBACK, or
    /// nothing if no transaction is open.
    ///
    /// Objects that were added become [transient](crate::ObjectState::Transient) and keep their
    /// values: you can read them and add them again. The session keeps the last 1,000 transient
    /// objects of an entity from earlier transactions. If objects were first read after a bulk
    /// write or a write by SQL, their rows may be undone. The session writes such an object only
    /// after checking that its row still is what was read.
    ///
    /// # Errors
    /// Returns [`Error::Disconnected`] if the connection is lost. The objects are restored even
    /// then.
    #[track_caller]
    pub fn rollback(&mut self) -> Result<()> {
        let _call = self.call(Cause::Transaction, None);
        self.not_in_listener("rollback")?;
        let wrote = self.at_server(Server::may_have_written);
        let result = if self.server().state().savepoints() > 0 {
            let result = self
                .at_server(|server| server.undo_savepoint().and_then(|()| server.set_savepoint()));
            self.map_mut().roll_back_undo_log(wrote);
            self.map_mut().begin_undo_log();
            result
        } else {
            let result = self.end_at_server();
            self.map_mut().roll_back_undo_log(wrote);
            self.map_mut().forget_given_up();
            result
        };
        self.at_server(|server| server.state_mut().roll_back());
        self.sender().forget_foreign_failure();
        self.tell_after_rollback();
        result
    }

    fn end_at_server(&mut self) -> Result<()> {
        // If the connection is lost, connect again so that the session is usable.
        match self.at_server(|server| server.roll_back())? {
            false if self.server().has_url() => self.reconnect(),
            _ => Ok(()),
        }
    }

    /// Marks everything in the map as stored.
    pub(super) fn commit_objects(&mut self) {
        let expire = self.options().expire_on_commit;
        self.map_mut().commit(expire);
    }

    /// Notes that something was written in the innermost scope.
    pub(super) fn note_written(&mut self, how: Written) {
        self.at_server(|server| server.note_written(how));
    }

    /// Begins the transaction for a statement that reads.
    pub(super) fn begin_read(&mut self) -> Result<()> {
        self.at_server(Server::begin_read)
    }

    /// Begins the transaction for a statement that writes or takes locks.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        self.at_server(|server| server.begin(true))?;
        self.at_server(|server| server.state_mut().take_locks());
        Ok(())
    }

    /// Begins the transaction if reads begin none, because what is read next decides a write.
    pub(super) fn begin_decision(&mut self) -> Result<()> {
        self.at_server(Server::begin_decision)
    }

    /// Begins the transaction for a flush, whose statements are undone if one of them fails.
    pub(super) fn begin_flush(&mut self) -> Result<()> {
        self.at_server(|server| server.begin(true))
    }

    pub(super) fn check_connected(&self) -> Result<()> {
        self.server().check_connected()
    }

    /// Returns an error, once, if the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        self.at_server(Server::report_loss)
    }

    /// Settles what was sent outside the session.
    pub(super) fn settle_foreign(&mut self) {
        self.at_server(Server::settle_foreign);
    }

    /// Settles the failure of one of the session's statements, and converts the error.
    pub(super) fn statement_failed(&mut self, error: diesel::result::Error) -> Error {
        self.at_server(|server| server.statement_failed(error))
    }

    /// Settles a failure while rows were read.
    pub(super) fn fault(&mut self, fault: Fault) -> Error {
        self.at_server(|server| server.fault(fault))
    }

    /// Does the same as [`fault`](Self::fault) for a statement that writes rows of one entity. The
    /// error of a violated constraint names the entity.
    pub(in crate::session) fn write_fault<T: Entity>(&mut self, fault: Fault) -> Error {
        match self.fault(fault) {
            Error::Database(error) if error.kind.is_constraint() => {
                Error::violation_of(T::META, error)
            }
            other => other,
        }
    }

    /// Brings the transaction and the map in line with what a failure has left at the server.
    pub(super) fn settle(&mut self, error: &DatabaseError) {
        self.at_server(|server| server.settle(error));
    }

    /// Ends the transaction if the server still has it, and treats it as lost.
    pub(super) fn transaction_gone(&mut self, error: &DatabaseError) {
        self.at_server(|server| server.transaction_gone(error));
    }

    /// Ends a transaction in which nothing was written.
    pub(super) fn end_unwritten(&mut self) {
        self.at_server(Server::end_unwritten);
    }
}
