//! Which statements were sent.

use super::Session;
use crate::backend::StatementRecord;
use crate::error::{Error, Result};

impl Session {
    /// How many statements were sent over the session's connection, those sent past the session
    /// included, and BEGIN, COMMIT and savepoints not.
    pub fn statements(&mut self) -> u64 {
        self.link.observer().map_or(0, |observer| observer.statements())
    }

    /// How many statements began or ended transactions and savepoints.
    pub fn transaction_statements(&mut self) -> u64 {
        self.link.observer().map_or(0, |observer| observer.control)
    }

    /// Starts to keep a record of each statement, or stops it and forgets them. Bound values are
    /// never kept.
    pub fn log_statements(&mut self, on: bool) {
        if let Some(observer) = self.link.observer() {
            observer.records = on.then(Vec::new);
        }
    }

    /// The statements sent since [`log_statements`](Self::log_statements) or the last call, in
    /// order: text, rows and time.
    pub fn take_log(&mut self) -> Vec<StatementRecord> {
        let records = self.link.observer().and_then(|observer| observer.records.as_mut());
        records.map(std::mem::take).unwrap_or_default()
    }

    /// Runs work that must send exactly so many statements, BEGIN, COMMIT and savepoints not
    /// counted: a budget that a test can hold.
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
    /// [`Error::StatementBudget`], with the text of what was sent; what the closure returns comes
    /// first.
    pub fn expect_statements<T, E: From<Error>>(
        &mut self,
        expected: usize,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        const UNSEEN: &str = "set_instrumentation() on the connection has replaced the session's own, which \
             counts the statements; call Session::set_instrumentation() instead";
        self.link.observe_again();
        let replaced = self.link.replaced;
        let (before, earlier) = match self.link.observer() {
            Some(observer) => (observer.statements(), observer.records.replace(Vec::new())),
            None => (0, None),
        };
        let result = work(self);
        self.link.observe_again();
        let unseen = self.link.replaced > replaced;
        let Some(observer) = self.link.observer() else { return result };
        let sent = observer.statements().saturating_sub(before);
        let records = observer.records.take().unwrap_or_default();
        let texts: Vec<String> = records
            .iter()
            .filter(|record| !record.is_transaction_control())
            .map(|record| record.sql.clone())
            .collect();
        // A log that was running goes on as if nothing had been.
        observer.records = earlier.map(|mut earlier| {
            earlier.extend(records);
            earlier
        });
        let value = result?;
        if unseen {
            return Err(Error::Configuration(UNSEEN.to_owned()).into());
        }
        if usize::try_from(sent) != Ok(expected) {
            return Err(Error::StatementBudget { expected, sent: texts }.into());
        }
        Ok(value)
    }
}
