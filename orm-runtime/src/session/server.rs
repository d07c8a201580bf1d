//! The server as a session knows it: the connection, and what is known of the transaction on it.
//!
//! Nothing here knows the objects in memory. What becomes of the transaction is an [`Outcome`], which the
//! session has its map follow after each call.

mod by_hand;
mod settle;
mod transaction_state;

use std::mem::take;

use super::options::{BeginMode, SessionOptions};
use crate::backend::{
    AnyConnection, Connection, DatabaseUrl, Dialect, Observer, TransactionControl,
};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::map::Written;

pub(super) use transaction_state::{Loss, TransactionState};

/// The connection of a session, and the transaction on it.
pub(super) struct Server {
    connection: Connection,
    state: TransactionState,
    /// Where to connect again, if the session was opened by URL.
    url: Option<String>,
    begin: BeginMode,
    /// What the map has yet to follow, in order.
    outcomes: Vec<Outcome>,
}

/// What has become of the transaction, for the map to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something was written in the innermost scope.
    Written(Written),
    /// The flushes of the innermost scope are undone, and its edits are kept.
    FlushUndone,
    /// Nothing of the transaction is stored, so that what was read in it is stale.
    Lost,
    /// A COMMIT of the user's has stored everything inside this many savepoints, which go on.
    CommittedByHand { savepoints: usize },
}

/// Opens a connection by URL and sets it up.
fn connect(url: &str, options: &SessionOptions) -> Result<AnyConnection> {
    let url = DatabaseUrl::parse(url)?;
    let mut connection = AnyConnection::open_url(&url)?;
    connection.prepare(&options.connection_setup(&url))?;
    Ok(connection)
}

/// The connection.
impl Server {
    /// Connects by URL.
    pub(super) fn open(url: &str, options: &SessionOptions) -> Result<Self> {
        let mut server = Server::new(connect(url, options)?, options.begin);
        server.url = Some(url.to_owned());
        Ok(server)
    }

    pub(super) fn new(connection: AnyConnection, begin: BeginMode) -> Self {
        Server {
            connection: Connection::new(connection, Observer::default()),
            state: TransactionState::default(),
            url: None,
            begin,
            outcomes: Vec::new(),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    /// Returns the connection, to send a statement in the transaction that has begun.
    #[inline]
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Returns the connection, for what is known without a statement.
    pub(super) fn known(&self) -> &Connection {
        &self.connection
    }

    /// Returns what the map has yet to follow.
    pub(super) fn take_outcomes(&mut self) -> Vec<Outcome> {
        take(&mut self.outcomes)
    }

    /// Opens another connection by the same URL, or says what to call without one.
    pub(super) fn connect_again(
        &self,
        options: &SessionOptions,
        otherwise: &str,
    ) -> Result<AnyConnection> {
        let Some(url) = &self.url else {
            return Err(Error::Configuration(format!(
                "the session did not open its connection by URL; give it a new one with {otherwise}"
            )));
        };
        connect(url, options)
    }

    /// Returns `true` if the server can be connected to again without a new connection from outside.
    pub(super) fn has_url(&self) -> bool {
        self.url.is_some()
    }

    /// Goes on with another connection to the same database.
    pub(super) fn reconnect_with(&mut self, connection: AnyConnection) {
        // A COMMIT that nobody knows of is taken for one that failed.
        self.forget_connection();
        self.replace_connection(connection);
    }

    /// Takes the transaction of the old connection for lost.
    pub(super) fn forget_connection(&mut self) {
        if self.state.reconnect() {
            self.lose_transaction(None);
        }
    }

    pub(super) fn replace_connection(&mut self, connection: AnyConnection) {
        let observer = self.connection.observer().map(take).unwrap_or_default();
        self.connection = Connection::new(connection, observer);
    }
}

/// The transaction.
impl Server {
    /// Returns what is known of the transaction.
    pub(super) fn state(&self) -> &TransactionState {
        &self.state
    }

    /// Returns what is known of the transaction, to enter what the session does.
    pub(super) fn state_mut(&mut self) -> &mut TransactionState {
        &mut self.state
    }

    /// Begins the transaction, for statements that write or only read.
    pub(super) fn begin(&mut self, writes: bool) -> Result<()> {
        if self.state.is_open() {
            self.settle_foreign();
            if self.state.is_open() {
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
            Ok(()) => self.state.begin(base),
            Err(error) => return Err(self.statement_failed(error)),
        }
        // The database has ended the transaction inside savepoints that are still running: what is
        // done from here on is undone with them.
        for _ in 0..self.state.savepoints() {
            self.set_savepoint()?;
        }
        Ok(())
    }

    fn begin_words(&self, writes: bool) -> &'static str {
        if self.dialect().capabilities().row_locks.is_some() {
            return "BEGIN";
        }
        match self.begin {
            BeginMode::Auto if writes || self.state.repeats() => "BEGIN IMMEDIATE",
            BeginMode::Auto | BeginMode::Deferred => "BEGIN",
            BeginMode::Immediate => "BEGIN IMMEDIATE",
            BeginMode::Exclusive => "BEGIN EXCLUSIVE",
        }
    }

    /// Sends COMMIT. The error says whether anybody knows what became of it.
    pub(super) fn commit(&mut self, id: Option<i64>) -> Result<()> {
        match self.connection.control(TransactionControl::Commit) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.commit_failed(DatabaseError::of(&error), id)),
        }
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
            self.state.leave_unanswered(error.clone(), id);
            return Error::CommitUnknown(error);
        }
        self.lose_transaction(None);
        if error.message.contains("no transaction is active") {
            return Error::TransactionLost(error);
        }
        if let Err(lost) = gone {
            let lost = DatabaseError::of(&lost);
            if lost.kind == DatabaseErrorKind::Disconnected {
                self.state.disconnect(lost);
            }
        }
        Error::of_database(error)
    }

    /// Sends ROLLBACK, if there is something to roll back and a connection to send it on. Returns
    /// `false` if the connection is lost already.
    pub(super) fn roll_back(&mut self) -> Result<bool> {
        let was_open = self.state.end();
        if self.state.broken().is_some() {
            self.state.give_up_commit();
            return Ok(false);
        }
        if was_open && let Err(error) = self.abandon() {
            let error = DatabaseError::of(&error);
            // "no transaction is active": the database had ended it before.
            if error.kind == DatabaseErrorKind::Disconnected {
                self.state.disconnect(error.clone());
                return Err(Error::Disconnected(error));
            }
        }
        Ok(true)
    }

    /// Sends ROLLBACK of the session's transaction, whatever the server has left of it.
    pub(super) fn abandon(&mut self) -> diesel::QueryResult<()> {
        if self.state.base() > 0 {
            return self.connection.control(TransactionControl::Rollback);
        }
        self.connection.abandon()
    }

    pub(super) fn set_savepoint(&mut self) -> Result<()> {
        match self.connection.control(TransactionControl::Begin) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// Sends RELEASE of the innermost savepoint, if the server still has it.
    pub(super) fn release_savepoint(&mut self) -> Result<()> {
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
        Ok(())
    }

    /// Sends ROLLBACK TO the innermost savepoint, if the server still has it.
    pub(super) fn undo_savepoint(&mut self) -> Result<()> {
        if !self.has_savepoint() {
            return Ok(());
        }
        self.connection.forget_foreign_failure();
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
        let expected = self.state.depth();
        self.state.is_open() && self.connection.depth().is_some_and(|depth| depth >= expected)
    }

    /// Notes that something was written in the innermost scope.
    pub(super) fn note_written(&mut self, how: Written) {
        self.state.write();
        self.outcomes.push(Outcome::Written(how));
    }

    pub(super) fn check_connected(&self) -> Result<()> {
        match self.state.broken() {
            Some(error) => Err(Error::Disconnected(error.clone())),
            None => Ok(()),
        }
    }

    /// Reports once that the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        let Some(why) = self.state.take_lost_transaction() else { return Ok(()) };
        // What was done since, in a transaction that nobody asked for, belongs to the lost one.
        if self.state.end() {
            let _ = self.abandon();
            self.outcomes.push(Outcome::FlushUndone);
        }
        Err(Error::TransactionLost(why))
    }
}
