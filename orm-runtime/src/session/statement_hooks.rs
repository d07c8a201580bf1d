//! Hooks that change the text of statements before they are sent.

use std::sync::Arc;

use super::Session;
use crate::backend::OutgoingStatement;

impl Session {
    /// Adds a hook that sees the text of each statement before it is sent, and may return another
    /// text: with a comment, with a hint to the planner, or for a proxy that routes statements. A
    /// session may have several hooks; each sees the text of the one before. They stay when the
    /// session [reconnects](Self::reconnect). For all sessions of a factory, see
    /// [`PoolOptions::rewrite_statements`](crate::PoolOptions::rewrite_statements). Sends no SQL.
    ///
    /// The text must keep all placeholders of the statement, in the same order, and its columns,
    /// because the session binds the values and reads the rows as before. The session checks the
    /// number of placeholders. It does not check the rest: a text that selects other columns gives
    /// errors of decoding, or wrong values.
    ///
    /// The prepared statement is found by the new text. So a text that differs each time, such as
    /// one with the number of a request, fills the connection with prepared statements.
    ///
    /// A hook does not see the statements that begin and end transactions and savepoints, scripts
    /// such as those of a migration, the COPY of a bulk insert on PostgreSQL, statements that the
    /// program sends over [`connection`](Self::connection), and Diesel's questions about the types
    /// of PostgreSQL.
    ///
    /// To restrict what a session finds, such as to the rows of one tenant, write a default scope:
    /// a condition in a text would not be known to the objects in memory. A condition that differs
    /// from session to session does not exist yet.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// use orm_runtime::observe::StatementKind;
    ///
    /// session.rewrite_statements(|statement| {
    ///     let reads = statement.kind == StatementKind::Select;
    ///     reads.then(|| format!("/* replica */ {}", statement.sql))
    /// });
    /// session.log_statements(true);
    /// session.query::<User>().all()?;
    /// assert!(session.take_log().iter().any(|sent| sent.sql.starts_with("/* replica */ SELECT")));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The call that sends a statement returns
    /// [`Error::Configuration`](crate::Error::Configuration) if the number of placeholders differs,
    /// and nothing is sent.
    pub fn rewrite_statements(
        &mut self,
        hook: impl Fn(&OutgoingStatement<'_>) -> Option<String> + Send + Sync + 'static,
    ) {
        self.sender().rewrite(Arc::new(hook));
    }
}
