//! The transaction: begun with the first statement, ended by commit or rollback.

pub(super) mod commit_outcome;
pub(super) mod frames;
pub(super) mod release;
pub(super) mod savepoint;

use super::Session;
use super::server::Server;
use super::transaction::frames::OnUnwind;
use crate::backend::Fault;
use crate::error::{DatabaseError, Error, Result};
use crate::map::Written;
use crate::mapping::Entity;

impl Session {
    /// Whether a transaction is open at the server. No SQL.
    pub fn in_transaction(&self) -> bool {
        self.server().state().is_open()
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
        self.server().state().in_frame() || self.server().state().savepoints() > 0
    }

    pub(super) fn commit_outermost(&mut self) -> Result<()> {
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        self.tell(|listener, session| listener.before_commit(session))?;
        self.at_server(|server| server.state_mut().set_ending(true));
        // Also where a hook panics.
        let end = |session: &mut Session| {
            session.at_server(|server| server.state_mut().set_ending(false))
        };
        let guard = OnUnwind { session: self, undo: Some(end) };
        let flushed = guard.session.flush_until_clean();
        drop(guard);
        flushed?;
        // A listener may have met a failure and told nobody.
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
        // The answer to a lost connection: the session can be used as soon as it has a new one.
        match self.at_server(|server| server.roll_back())? {
            false if self.server().has_url() => self.reconnect(),
            _ => Ok(()),
        }
    }

    /// Enters in the map that everything is stored.
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
        self.at_server(|server| server.begin(false))
    }

    /// Begins the transaction for a statement that writes, or takes locks.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        self.at_server(|server| server.begin(true))?;
        self.at_server(|server| server.state_mut().take_locks());
        Ok(())
    }

    /// Begins the transaction for a flush, whose statements are undone where one of them fails.
    pub(super) fn begin_flush(&mut self) -> Result<()> {
        self.at_server(|server| server.begin(true))
    }

    pub(super) fn check_connected(&self) -> Result<()> {
        self.server().check_connected()
    }

    /// Reports once that the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        self.at_server(Server::report_loss)
    }

    /// Settles what was sent past the session.
    pub(super) fn settle_foreign(&mut self) {
        self.at_server(Server::settle_foreign);
    }

    /// Settles the failure of a statement of the session's own, and sorts the error.
    pub(super) fn statement_failed(&mut self, error: diesel::result::Error) -> Error {
        self.at_server(|server| server.statement_failed(error))
    }

    /// Settles the failure of a statement whose rows were being read.
    pub(super) fn fault(&mut self, fault: Fault) -> Error {
        self.at_server(|server| server.fault(fault))
    }

    /// The same for a statement that writes rows of one entity: a violated constraint names it.
    pub(in crate::session) fn write_fault<T: Entity>(&mut self, fault: Fault) -> Error {
        match self.fault(fault) {
            Error::Database(error) if error.kind.is_constraint() => {
                Error::violation_of(T::META, error)
            }
            other => other,
        }
    }

    /// Brings transaction and map in line with what a failure has left at the server.
    pub(super) fn settle(&mut self, error: &DatabaseError) {
        self.at_server(|server| server.settle(error));
    }

    /// The transaction is gone at the server, or is ended now.
    pub(super) fn transaction_gone(&mut self, error: &DatabaseError) {
        self.at_server(|server| server.transaction_gone(error));
    }

    /// Ends a transaction in which nothing was written.
    pub(super) fn end_unwritten(&mut self) {
        self.at_server(Server::end_unwritten);
    }
}
