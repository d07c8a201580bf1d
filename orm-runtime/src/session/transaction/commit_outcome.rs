//! Finding out the outcome of a COMMIT that was not answered.

use super::frames::pause;
use crate::backend::{AnyConnection, Cause};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::session::server::Server;

/// How often to ask again about a transaction that is still in progress, within a second.
const ATTEMPTS: u32 = 10;

/// The outcome of a transaction whose COMMIT was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitOutcome {
    /// The transaction is stored.
    Stored,
    /// The transaction is not stored.
    NotStored,
    /// The database cannot tell, or PostgreSQL still has the transaction in progress.
    Unknown,
}

impl Session {
    /// Connects again after [`Error::CommitUnknown`] and asks the server whether the transaction is
    /// stored. If it is, objects are as after a commit; if not, their changes are pending again.
    ///
    /// Only PostgreSQL can tell, and only with the option
    /// [`resolvable_commits`](crate::session::SessionOptions::resolvable_commits). Otherwise the
    /// outcome is [`CommitOutcome::Unknown`], and the session refuses statements until you call
    /// [`reconnect`](Self::reconnect), which treats the transaction as not stored, or
    /// [`rollback`](Self::rollback).
    ///
    /// Opens a connection and sends one SELECT, and up to ten more within a second while the server
    /// has not noticed that the old connection is lost.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if no COMMIT is unanswered or the session was not opened by
    /// URL, and any error from connecting or asking.
    #[track_caller]
    pub fn resolve_commit(&mut self) -> Result<CommitOutcome> {
        let _call = self.call(Cause::Transaction, None);
        let connection = self.server().connect_again(self.options(), "resolve_commit_with()")?;
        self.resolve_commit_with(connection)
    }

    /// Asks the server whether the transaction is stored, as
    /// [`resolve_commit`](Self::resolve_commit) does, over another connection to the same database,
    /// for instance from `SessionFactory::connection`. Sends one SELECT, and up to ten more within
    /// a second.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if no COMMIT is unanswered, and any error from asking.
    pub fn resolve_commit_with(
        &mut self,
        connection: impl Into<AnyConnection>,
    ) -> Result<CommitOutcome> {
        let Some(unknown) = self.server().state().unknown_commit() else {
            return Err(Error::Configuration("there is no unanswered COMMIT".to_owned()));
        };
        let Some(id) = unknown else { return Ok(CommitOutcome::Unknown) };
        self.at_server(|server| server.replace_connection(connection.into()));
        // The ID is a number, so the text holds nothing from outside.
        let status = format!(
            "SELECT CAST(CASE txid_status({id}) WHEN 'committed' THEN 1 WHEN 'aborted' THEN 0 \
             WHEN 'in progress' THEN 2 ELSE -1 END AS bigint)"
        );
        let mut attempts = 0;
        let outcome = loop {
            match self.sender().read_numbers(&status)?.0 {
                1 => break CommitOutcome::Stored,
                0 => break CommitOutcome::NotStored,
                // The server has not yet noticed that the client is gone.
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

    /// Returns the server's ID of the transaction, if the option asks for it. Sends one SELECT, or
    /// none.
    pub(in crate::session) fn commit_id(&mut self) -> Result<Option<i64>> {
        let wanted = self.options().resolvable_commits && self.server().state().wrote();
        if !wanted || !self.dialect().capabilities().numbers_transactions {
            return Ok(None);
        }
        Ok(Some(self.sender().read_numbers("SELECT txid_current()")?.0))
    }
}
