//! Finding out what became of a COMMIT whose answer did not arrive.

use super::frames::pause;
use crate::backend::AnyConnection;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::session::server::Server;

/// How often a transaction still in progress is asked for again: within a second.
const ATTEMPTS: u32 = 10;

/// What became of a transaction whose COMMIT was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitOutcome {
    /// It is stored.
    Stored,
    /// It is not.
    NotStored,
    /// The database cannot tell, or not yet: PostgreSQL still has the transaction in progress.
    Unknown,
}

impl Session {
    /// After [`Error::CommitUnknown`]: connects again and asks the server whether the transaction is
    /// stored. Objects are then as after a commit, or wait to be written once more.
    ///
    /// Only PostgreSQL can tell, and only with the option
    /// [`resolvable_commits`](crate::session::SessionOptions::resolvable_commits); the answer is
    /// [`CommitOutcome::Unknown`] otherwise, and the session still waits for
    /// [`reconnect`](Self::reconnect), which takes the transaction for not stored, or for
    /// [`rollback`](Self::rollback). Costs what connecting costs, and one SELECT; up to
    /// ten more within a second while the server has not noticed that the connection is lost.
    ///
    /// # Errors
    /// [`Error::Configuration`] when no COMMIT is unanswered or the session was not opened by URL;
    /// what connecting and asking can fail with.
    pub fn resolve_commit(&mut self) -> Result<CommitOutcome> {
        let connection = self.server().connect_again(self.options(), "resolve_commit_with()")?;
        self.resolve_commit_with(connection)
    }

    /// The same over another connection to the same database, such as
    /// [`SessionFactory::connection`](crate::SessionFactory::connection) gives. One SELECT, or a few
    /// as there.
    ///
    /// # Errors
    /// [`Error::Configuration`] when no COMMIT is unanswered; what asking can fail with.
    pub fn resolve_commit_with(
        &mut self,
        connection: impl Into<AnyConnection>,
    ) -> Result<CommitOutcome> {
        let Some(unknown) = self.server().state().unknown_commit() else {
            return Err(Error::Configuration("there is no unanswered COMMIT".to_owned()));
        };
        let Some(id) = unknown else { return Ok(CommitOutcome::Unknown) };
        self.at_server(|server| server.replace_connection(connection.into()));
        // A number, and so no text from outside.
        let status = format!(
            "SELECT CAST(CASE txid_status({id}) WHEN 'committed' THEN 1 WHEN 'aborted' THEN 0 \
             WHEN 'in progress' THEN 2 ELSE -1 END AS bigint)"
        );
        let mut attempts = 0;
        let outcome = loop {
            match self.sender().read_numbers(&status)?.0 {
                1 => break CommitOutcome::Stored,
                0 => break CommitOutcome::NotStored,
                // The server has yet to notice that nobody listens.
                2 if attempts < ATTEMPTS => pause(attempts),
                _ => return Ok(CommitOutcome::Unknown),
            }
            attempts += 1;
        };
        if outcome == CommitOutcome::Stored {
            self.at_server(|server| server.state_mut().store());
            self.commit_objects();
            self.tell_after_commit();
        } else {
            self.at_server(Server::forget_connection);
        }
        Ok(outcome)
    }

    /// The server's number of the transaction, where it is wanted. One SELECT, or none.
    pub(in crate::session) fn commit_id(&mut self) -> Result<Option<i64>> {
        let wanted = self.options().resolvable_commits && self.server().state().wrote();
        if !wanted || !self.dialect().capabilities().numbers_transactions {
            return Ok(None);
        }
        Ok(Some(self.sender().read_numbers("SELECT txid_current()")?.0))
    }
}
