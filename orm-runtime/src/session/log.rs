//! A record of the statements that were sent.

use diesel::connection::Instrumentation;

use super::Session;
use crate::backend::StatementRecord;

impl Session {
    /// Returns the number of statements sent over the session's connection. Statements sent outside
    /// the session count; BEGIN, COMMIT and savepoints do not. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let before = session.statements();
    /// let ada = session.add(User::builder().name("ada").build());
    /// session.flush()?;
    /// assert_eq!((&*session[ada].name, session.statements() - before), ("ada", 1));
    /// # Ok(()) }
    /// ```
    pub fn statements(&self) -> u64 {
        self.server().known().seen().statements()
    }

    /// Returns the number of statements that began or ended transactions and savepoints. Sends no
    /// SQL.
    pub fn transaction_statements(&self) -> u64 {
        self.server().known().seen().transaction_statements()
    }

    /// Starts the session's log, which records each statement, or stops it and discards the
    /// records. Bound values are never recorded. The log is for tests and for a look at a few
    /// calls: it holds at most 100,000 statements, and then drops the older half. To write
    /// statements elsewhere, add an [observer](Self::observe). Sends no SQL.
    pub fn log_statements(&self, on: bool) {
        self.server().known().seen().keep_records(on);
    }

    /// Takes the records of the statements sent since [`log_statements`](Self::log_statements) or
    /// the last call, in order: text, rows, time, and where each comes from. Sends no SQL.
    pub fn take_log(&self) -> Vec<StatementRecord> {
        self.server().known().seen().take_records().unwrap_or_default()
    }

    /// Returns how many records the log has dropped since the last [`take_log`](Self::take_log),
    /// because it was full. Sends no SQL.
    pub fn dropped_records(&self) -> u64 {
        self.server().known().seen().dropped_records()
    }

    /// Sets a Diesel instrumentation that sees every statement sent over the session's connection,
    /// in addition to the session's own. It stays when the session [reconnects](Self::reconnect),
    /// and replaces any that was set before. Sends no SQL.
    ///
    /// Do not set it on the [connection](Self::connection) instead: that replaces the session's own
    /// instrumentation. The session then undoes the transaction, and its end returns
    /// [`Error::TransactionLost`](crate::Error::TransactionLost).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// use diesel::connection::InstrumentationEvent;
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// session.set_instrumentation(|event: InstrumentationEvent<'_>| {
    ///     if let InstrumentationEvent::StartQuery { query, .. } = event {
    ///         eprintln!("{query}");
    ///     }
    /// });
    /// # Ok(()) }
    /// ```
    pub fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.sender().instrument(instrumentation);
    }
}
