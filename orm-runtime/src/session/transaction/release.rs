//! Ending a transaction that has only read.

use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::session::server::Server;

impl Session {
    /// Ends a transaction that has only read, so that it no longer holds locks or an old snapshot
    /// of the database. A query begins a transaction, which otherwise stays open until a commit or
    /// a rollback.
    ///
    /// Objects become stale, as after a [`commit`](Self::commit). Pending changes stay pending and
    /// are not flushed. Sends one statement, or none if no transaction is open.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let users = session.query::<User>().count()?;
    /// assert!(session.in_transaction());
    /// session.release()?;
    /// assert!(!session.in_transaction());
    /// # assert_eq!(users, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Configuration`] if something was written in the transaction, which you must then
    ///   commit or roll back, and inside `transaction` or `savepoint`.
    /// - [`Error::TransactionLost`] if the transaction is gone although the session did not roll it
    ///   back.
    /// - [`Error::Disconnected`] if the connection is lost.
    #[track_caller]
    pub fn release(&mut self) -> Result<()> {
        let _call = self.call(Cause::Transaction, None);
        self.not_in_listener("release")?;
        if self.in_scope() {
            return Err(Error::Configuration(
                "release() is not allowed inside transaction() or savepoint(): the outermost scope \
                 ends the transaction"
                    .to_owned(),
            ));
        }
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        if self.has_written() {
            return Err(Error::Configuration(
                "release() cannot end a transaction that has written, or may have written by one \
                 of your own statements; call commit() or rollback()"
                    .to_owned(),
            ));
        }
        self.end_read()
    }

    /// Ends the transaction if it has only read and holds no lock that the user asked for. Does
    /// nothing otherwise.
    pub(crate) fn release_if_read(&mut self) -> Result<()> {
        if self.in_scope() || !self.in_transaction() || self.server().state().locks() {
            return Ok(());
        }
        self.settle_foreign();
        if self.server().state().is_lost() || self.has_written() {
            return Ok(());
        }
        self.end_read()
    }

    /// Returns `true` if something may have been written in the transaction.
    fn has_written(&mut self) -> bool {
        let written = self.at_server(Server::may_have_written);
        // `may_have_written` forgets the user's statements that it has seen.
        if written {
            self.at_server(|server| server.state_mut().write());
        }
        written
    }

    fn end_read(&mut self) -> Result<()> {
        if self.in_transaction()
            && let Err(error) = self.at_server(Server::abandon)
        {
            return Err(self.statement_failed(error));
        }
        self.at_server(|server| server.state_mut().store());
        self.commit_objects();
        Ok(())
    }
}
