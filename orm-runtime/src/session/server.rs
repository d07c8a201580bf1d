//! The server as a session knows it: the connection, and the state of its transaction.
//!
//! Nothing here knows the objects in memory. Each change of the transaction is an [`Outcome`],
//! which the session applies to its map after each call.

mod begin;
mod by_hand;
mod settle;
mod transaction_state;

use std::mem::take;

use super::options::SessionOptions;
use crate::backend::{
    AnyConnection, CancelHandle, Connection, ConnectionChange, ConnectionEvent, DatabaseUrl,
    Dialect, Event, Lease, Observer, Transaction, TransactionChange, TransactionControl,
};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::map::Written;

pub(super) use begin::Begins;
use begin::ChangedSettings;
pub(super) use transaction_state::{Loss, TransactionState};

/// The connection of a session, and the transaction on it.
pub(super) struct Server {
    connection: Connection,
    state: TransactionState,
    /// The URL to connect to again, if the session was opened by URL.
    url: Option<DatabaseUrl>,
    /// The loan of the connection, if it is one of a pool.
    lease: Option<Lease>,
    /// The handles that cancel a statement of the connection.
    cancel: Option<CancelHandle>,
    begins: Begins,
    /// The settings that the session has changed on the connection.
    settings: Option<ChangedSettings>,
    /// Statements have read without a transaction since the last one.
    read_alone: bool,
    /// The outcomes that the map has yet to follow, in order.
    outcomes: Vec<Outcome>,
}

/// A change of the transaction that the map must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something was written in the innermost scope.
    Written(Written),
    /// The flushes of the innermost scope are undone, and its edits are kept.
    FlushUndone,
    /// Nothing of the transaction is stored, so that what was read in it is stale.
    Lost,
    /// A statement reads without a transaction.
    ReadAlone,
    /// The transaction has begun, and statements have read before it.
    BegunAfterReads,
    /// A COMMIT sent by the user has stored everything. This many savepoints are still running
    /// inside it.
    CommittedByHand { savepoints: usize },
}

/// Opens a connection by URL and sets it up.
fn connect(url: &DatabaseUrl, options: &SessionOptions) -> Result<AnyConnection> {
    options.transaction.check(url.dialect)?;
    let mut connection = AnyConnection::open_url(url)?;
    connection.prepare(&options.connection_setup(url))?;
    Ok(connection)
}

/// Methods of the connection.
impl Server {
    /// Connects by URL.
    pub(super) fn open(url: DatabaseUrl, options: &SessionOptions) -> Result<Self> {
        let mut server = Server::new(connect(&url, options)?, options);
        server.url = Some(url);
        Ok(server)
    }

    pub(super) fn new(connection: AnyConnection, options: &SessionOptions) -> Self {
        Server {
            lease: connection.lease().cloned(),
            cancel: None,
            connection: Connection::new(connection, Observer::default()),
            state: TransactionState::default(),
            url: None,
            begins: Begins::of(options),
            settings: None,
            read_alone: false,
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

    /// Returns the connection, to read its state without sending a statement.
    pub(super) fn known(&self) -> &Connection {
        &self.connection
    }

    /// Takes the outcomes that the map has yet to follow.
    pub(super) fn take_outcomes(&mut self) -> Vec<Outcome> {
        take(&mut self.outcomes)
    }

    /// Opens another connection by the same URL. Without a URL, returns an error that names the
    /// method to call instead.
    pub(super) fn connect_again(
        &self,
        options: &SessionOptions,
        otherwise: &str,
    ) -> Result<AnyConnection> {
        let Some(url) = &self.url else {
            return Err(Error::Configuration(format!(
                "the session did not open its connection by URL; pass a new connection to {otherwise}"
            )));
        };
        connect(url, options)
    }

    /// Returns `true` if the session was opened by URL, and so can connect again by itself.
    pub(super) fn has_url(&self) -> bool {
        self.url.is_some()
    }

    /// Continues with another connection to the same database.
    pub(super) fn reconnect_with(&mut self, connection: AnyConnection) {
        self.leave_connection();
        // A COMMIT whose outcome is unknown counts as failed.
        self.forget_connection();
        self.replace_connection(connection);
    }

    /// Returns where the connection was opened, if it was opened by URL.
    pub(super) fn origin(&self) -> Option<DatabaseUrl> {
        self.lease.as_ref().map(Lease::url).or(self.url.as_ref()).cloned()
    }

    /// Takes the connection out of its pool. Returns `false` if it is not one of a pool.
    #[cfg(feature = "pool")]
    pub(super) fn detach(&mut self) -> bool {
        self.lease.as_ref().inspect(|lease| lease.detach()).is_some()
    }

    /// Returns the server's number of a connection of a pool, if it was asked for before.
    pub(super) fn known_number(&self) -> Option<i64> {
        self.lease.as_ref().and_then(|lease| lease.number().get().copied())
    }

    /// Keeps the server's number with the connection of a pool.
    pub(super) fn keep_number(&self, number: i64) {
        self.lease.as_ref().map(|lease| lease.number().set(number));
    }

    pub(super) fn known_cancel_handle(&self) -> Option<CancelHandle> {
        self.cancel.clone()
    }

    pub(super) fn keep_cancel_handle(&mut self, handle: CancelHandle) -> CancelHandle {
        self.cancel.insert(handle).clone()
    }

    /// Leaves the connection to others: as it was, and out of reach of those who cancel.
    pub(super) fn leave_connection(&mut self) {
        self.end_cancels();
        self.put_back_settings();
        if let Some(lease) = self.lease.take().filter(|_| self.state.is_broken()) {
            // Nobody else gets a connection that is lost.
            lease.detach();
        }
    }

    /// Ends what cancels statements of the connection.
    pub(super) fn end_cancels(&mut self) {
        if self.cancel.take().is_some_and(|cancel| cancel.retire()) && !self.state.is_broken() {
            self.connection.notice_cancel();
        }
        self.connection.end_requests();
    }

    /// Treats the transaction of the old connection as lost.
    pub(super) fn forget_connection(&mut self) {
        if self.state.reconnect() {
            self.lose_transaction(None);
        }
    }

    pub(super) fn replace_connection(&mut self, connection: AnyConnection) {
        #[cfg(feature = "tokio")]
        let stop = self.connection.obeyed().cloned();
        self.leave_connection();
        self.lease = connection.lease().cloned();
        let observer = self.connection.observer().map(take).unwrap_or_default();
        let changes = self.connection.take_changes();
        self.connection = Connection::new(connection, observer);
        self.connection.set_changes(changes);
        #[cfg(feature = "tokio")]
        self.connection.obey(stop);
        self.report_connection(ConnectionChange::Replaced);
    }

    /// Records that the connection is lost.
    fn disconnect(&mut self, why: DatabaseError) {
        self.state.disconnect(why);
        self.report_connection(ConnectionChange::Lost);
    }

    pub(super) fn report_connection(&self, change: ConnectionChange<'_>) {
        let seen = self.connection.seen();
        if seen.is_watched() {
            let (session, dialect) = (seen.session(), self.dialect());
            seen.report(&Event::Connection(&ConnectionEvent { session, dialect, change }));
        }
    }

    /// Reports a change of the transaction, which the server has confirmed.
    fn report(&self, change: TransactionChange) {
        let seen = self.connection.seen();
        if seen.is_watched() {
            let (session, savepoints) = (seen.session(), self.state.savepoints());
            seen.report(&Event::Transaction(&Transaction { session, change, savepoints }));
        }
    }
}

/// Methods of the transaction.
impl Server {
    /// Returns the state of the transaction.
    pub(super) fn state(&self) -> &TransactionState {
        &self.state
    }

    /// Returns the state of the transaction, to update it.
    pub(super) fn state_mut(&mut self) -> &mut TransactionState {
        &mut self.state
    }

    /// Sends COMMIT. The error says whether the outcome is known.
    pub(super) fn commit(&mut self, id: Option<i64>) -> Result<()> {
        // From here on nothing cancels the COMMIT.
        self.connection.hold_cancels();
        if let Err(stopped) = self.connection.may_send() {
            let _ = self.abandon();
            self.lose_transaction(None);
            return Err(stopped.into());
        }
        match self.connection.control(TransactionControl::Commit) {
            Ok(()) => {
                self.report(TransactionChange::Committed);
                Ok(())
            }
            Err(error) => Err(self.commit_failed(DatabaseError::of(&error), id)),
        }
    }

    /// Handles a failed COMMIT: the transaction is undone, or its outcome is unknown.
    fn commit_failed(&mut self, error: DatabaseError, id: Option<i64>) -> Error {
        let unknown = error.kind == DatabaseErrorKind::Disconnected
            || (self.dialect().capabilities().doubts_failed_writes
                && error.message.contains("I/O error"));
        // Diesel has rolled back what was left; rolling back again does no harm.
        let gone = self.abandon();
        if unknown {
            // The map keeps the flushed state until the outcome is known.
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
                self.disconnect(lost);
            }
        }
        Error::of_database(error)
    }

    /// Sends ROLLBACK if a transaction is open and the connection works. Returns `false` if the
    /// connection was already lost.
    pub(super) fn roll_back(&mut self) -> Result<bool> {
        let was_open = self.state.end();
        if self.state.broken().is_some() {
            self.state.give_up_commit();
            return Ok(false);
        }
        if was_open && let Err(error) = self.abandon() {
            let error = DatabaseError::of(&error);
            // "no transaction is active" is not a failure: the database ended it earlier.
            if error.kind == DatabaseErrorKind::Disconnected {
                self.disconnect(error.clone());
                return Err(Error::Disconnected(error));
            }
        }
        if was_open {
            self.report(TransactionChange::RolledBack);
        }
        Ok(true)
    }

    /// Sends ROLLBACK for the session's transaction, whatever the server has left of it.
    pub(super) fn abandon(&mut self) -> diesel::QueryResult<()> {
        if self.state.base() > 0 {
            return self.connection.control(TransactionControl::Rollback);
        }
        self.connection.abandon()
    }

    pub(super) fn set_savepoint(&mut self) -> Result<()> {
        match self.connection.control(TransactionControl::Begin) {
            Ok(()) => {
                self.report(TransactionChange::SavepointSet);
                Ok(())
            }
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// Sends RELEASE for the innermost savepoint, if the server still has it.
    pub(super) fn release_savepoint(&mut self) -> Result<()> {
        if !self.has_savepoint() {
            return Ok(());
        }
        if let Err(error) = self.connection.control(TransactionControl::Commit) {
            return Err(match self.statement_failed(error) {
                // "no such savepoint": the database has ended the whole transaction.
                Error::Database(error) => {
                    self.transaction_gone(&error);
                    Error::TransactionLost(error)
                }
                other => other,
            });
        }
        self.report(TransactionChange::SavepointReleased);
        Ok(())
    }

    /// Sends ROLLBACK TO for the innermost savepoint, if the server still has it.
    pub(super) fn undo_savepoint(&mut self) -> Result<()> {
        if !self.has_savepoint() {
            return Ok(());
        }
        self.connection.forget_foreign_failure();
        match self.connection.control(TransactionControl::Rollback) {
            Ok(()) => {
                self.report(TransactionChange::SavepointRolledBack);
                Ok(())
            }
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

    /// Returns `true` if the server still has the innermost savepoint. It may have ended the whole
    /// transaction.
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

    /// Returns an error, once, if the transaction was lost.
    pub(super) fn report_loss(&mut self) -> Result<()> {
        let Some(why) = self.state.take_lost_transaction() else { return Ok(()) };
        // A transaction that began by itself after the loss belongs to the lost one.
        if self.state.end() {
            let _ = self.abandon();
            self.outcomes.push(Outcome::FlushUndone);
        }
        Err(Error::TransactionLost(why))
    }
}
