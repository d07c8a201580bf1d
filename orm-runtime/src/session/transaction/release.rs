//! Ending a transaction that has only read.

use crate::error::{Error, Result};
use crate::session::Session;
use crate::session::server::Server;

impl Session {
    /// Ends a transaction that has only read, so that it holds no lock and no old picture of the
    /// database any more: a query begins a transaction, which else stays open until a commit or a
    /// rollback. Objects are as stale after it as after a [`commit`](Self::commit); what waits in memory
    /// still waits, and is not flushed. One statement, or none if no transaction is open.
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
    /// [`Error::Configuration`] where something was written in the transaction, which is to be
    /// committed or rolled back, and inside `transaction` or `savepoint`.
    /// [`Error::TransactionLost`] when the transaction is gone although nobody rolled it back.
    /// [`Error::Disconnected`] when the connection is lost.
    pub fn release(&mut self) -> Result<()> {
        self.not_in_listener("release")?;
        if self.in_scope() {
            return Err(Error::Configuration(
                "release() inside transaction() or savepoint(): the outermost scope ends the \
                 transaction"
                    .to_owned(),
            ));
        }
        self.check_connected()?;
        self.settle_foreign();
        self.report_loss()?;
        if self.has_written() {
            return Err(Error::Configuration(
                "release(): something was written in the transaction, or may have been, by a \
                 statement of your own; call commit() or rollback()"
                    .to_owned(),
            ));
        }
        self.end_read()
    }

    /// Ends the transaction if it may be ended without a question: it has only read, and holds no lock
    /// that was asked for.
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

    /// Whether something may have been written in the transaction.
    fn has_written(&mut self) -> bool {
        let written = self.at_server(Server::may_have_written);
        // The question uses up what was seen of the user's own statements.
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
