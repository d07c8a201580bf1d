//! A record of the statements that were sent.

use std::sync::Arc;

use diesel::connection::Instrumentation;

use super::Session;
use crate::backend::StatementRecord;
use crate::error::{Error, Result};

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

    /// Starts a record of each statement, or stops it and discards the records. Bound values are
    /// never recorded. Sends no SQL.
    pub fn log_statements(&mut self, on: bool) {
        self.server().known().seen().keep_records(on);
    }

    /// Takes the records of the statements sent since [`log_statements`](Self::log_statements) or
    /// the last call, in order: text, rows and time. Sends no SQL.
    pub fn take_log(&self) -> Vec<StatementRecord> {
        self.server().known().seen().take_records()
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

    /// Runs work that must send exactly this many statements, so that a test can hold a budget.
    /// BEGIN, COMMIT and savepoints are not counted.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// session.expect_statements(1, |session| session.query::<User>().all())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the error of the closure if it fails, else [`Error::StatementBudget`] with the text
    /// of what was sent if the count differs.
    pub fn expect_statements<T>(
        &mut self,
        expected: usize,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        const UNSEEN: &str = "set_instrumentation() on the connection has replaced the session's \
             instrumentation, which counts the statements; call Session::set_instrumentation() \
             instead";
        self.sender().observe_again();
        let replaced = self.server().known().replaced();
        let seen = Arc::clone(self.server().known().seen());
        let before = seen.statements();
        let earlier = seen.is_recording().then(|| seen.take_records());
        seen.keep_records(true);
        let result = work(self);
        self.sender().observe_again();
        let unseen = self.server().known().replaced() > replaced;
        let sent = seen.statements().saturating_sub(before);
        let records = seen.take_records();
        let texts: Vec<String> = records
            .iter()
            .filter(|record| !record.is_transaction_control())
            .map(|record| record.sql.clone())
            .collect();
        // A log that was running continues.
        seen.resume_records(earlier.map(|mut earlier| {
            earlier.extend(records);
            earlier
        }));
        let value = result?;
        if unseen {
            return Err(Error::Configuration(UNSEEN.to_owned()));
        }
        if usize::try_from(sent) != Ok(expected) {
            return Err(Error::StatementBudget { expected, sent: texts });
        }
        Ok(value)
    }
}
