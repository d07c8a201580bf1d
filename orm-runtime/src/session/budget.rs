//! Budgets of statements, for tests and for production.

use std::fmt;
use std::sync::Arc;

use super::Session;
use crate::backend::{Cause, StatementRecord};
use crate::error::{Error, Result};
use crate::mapping::Entity;
use crate::observers::shape;

/// How many statements some work may send. A number is a budget of exactly that many.
///
/// BEGIN, COMMIT and savepoints do not count, and neither do questions to the server such as those
/// about generated keys ([`Cause::Server`]), so a budget is the same on every database as long as
/// the rows of a flush fit in one statement ([`Session::flush`]).
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// use orm_runtime::observe::Budget;
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// let budget = Budget::at_most(5).of::<User>(1);
/// session.expect_statements(budget, |session| session.query::<User>().all())?;
///
/// // In production, the work goes on and the log gets a warning.
/// let budget = Budget::at_most(1).or_warn(|error| eprintln!("warning: {error}"));
/// session.expect_statements(budget, |session| session.query::<User>().all())?;
/// # Ok(()) }
/// ```
pub struct Budget {
    most: usize,
    exact: bool,
    entities: Vec<(&'static str, usize)>,
    warn: Option<Box<Warn>>,
}

/// Receives the error of a budget that was exceeded.
type Warn = dyn Fn(&Error) + Send + Sync;

impl Budget {
    /// Creates a budget of exactly this many statements.
    pub fn exactly(statements: usize) -> Self {
        Budget { most: statements, exact: true, entities: Vec::new(), warn: None }
    }

    /// Creates a budget of at most this many statements.
    pub fn at_most(statements: usize) -> Self {
        Budget { exact: false, ..Self::exactly(statements) }
    }

    /// Limits the statements that read or write rows of an entity, too.
    #[must_use]
    pub fn of<T: Entity>(mut self, statements: usize) -> Self {
        self.entities.push((T::META.name, statements));
        self
    }

    /// Calls a closure with the error instead of returning it, so that the work succeeds.
    #[must_use]
    pub fn or_warn(mut self, warn: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.warn = Some(Box::new(warn));
        self
    }

    /// Returns an error if the statements do not fit the budget.
    fn check(&self, sent: &[StatementRecord]) -> Result<()> {
        let fits = match self.exact {
            true => sent.len() == self.most,
            false => sent.len() <= self.most,
        };
        if !fits {
            let word = if self.exact { "exactly" } else { "at most" };
            return Err(exceeded(format!("{word} {}", self.most), sent));
        }
        for &(entity, most) in &self.entities {
            let of_entity: Vec<_> = sent
                .iter()
                .filter(|record| record.origin.entity == Some(entity))
                .cloned()
                .collect();
            if of_entity.len() > most {
                return Err(exceeded(format!("at most {most} of {entity}"), &of_entity));
            }
        }
        Ok(())
    }
}

/// The length in bytes from which on a text is shown as its shape.
const LONG: usize = 400;

fn exceeded(budget: String, sent: &[StatementRecord]) -> Error {
    // A statement with hundreds of rows would hide the others.
    let text = |record: &StatementRecord| match record.sql.len() > LONG {
        true => shape(&record.sql),
        false => record.sql.clone(),
    };
    let sent = sent.iter().map(|record| format!("{}: {}", record.origin, text(record))).collect();
    Error::StatementBudget { budget, sent }
}

impl From<usize> for Budget {
    fn from(statements: usize) -> Self {
        Budget::exactly(statements)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("most", &self.most)
            .field("exact", &self.exact)
            .field("entities", &self.entities)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Runs work that must keep a budget of statements. Sends nothing itself.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// session.expect_statements(1, |session| session.query::<User>().all())?; // exactly one
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the error of the closure if it fails, else [`Error::StatementBudget`] with the
    /// origin and the text of what was sent if that does not fit the [`Budget`].
    pub fn expect_statements<T>(
        &mut self,
        budget: impl Into<Budget>,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        const UNSEEN: &str = "set_instrumentation() on the connection has replaced the session's \
             instrumentation, which sees the statements; call Session::set_instrumentation() \
             instead";
        let budget = budget.into();
        self.sender().observe_again();
        let replaced = self.server().known().replaced();
        let seen = Arc::clone(self.server().known().seen());
        let earlier = seen.take_records();
        seen.keep_records(true);
        let result = work(self);
        self.sender().observe_again();
        let unseen = self.server().known().replaced() > replaced;
        let dropped = seen.dropped_records();
        let records = seen.take_records().unwrap_or_default();
        let counts = |record: &&StatementRecord| {
            !record.is_transaction_control() && record.origin.cause != Cause::Server
        };
        let sent: Vec<StatementRecord> = records.iter().filter(counts).cloned().collect();
        // A log that was running continues.
        seen.resume_records(earlier.map(|mut earlier| {
            earlier.extend(records);
            earlier
        }));
        let value = result?;
        if unseen {
            return Err(Error::Configuration(UNSEEN.to_owned()));
        }
        if dropped > 0 {
            let why = "more statements were sent than a budget can count: count them with \
                       Session::statements()";
            return Err(Error::Configuration(why.to_owned()));
        }
        match (budget.check(&sent), &budget.warn) {
            (Err(error), Some(warn)) => warn(&error),
            (checked, _) => checked?,
        }
        Ok(value)
    }
}
