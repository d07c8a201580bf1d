//! What brings a database up to the mapping, and running it.

use std::fmt;

use super::difference::Difference;
use crate::backend::Dialect;
use crate::ddl::script::Script;
use crate::error::{Error, Result};
use crate::session::Session;

/// The statements that bring a database up to the mapping, made by
/// [`Schema::diff`](crate::Schema::diff). Those that lose values, or take something away that the
/// mapping does not know, stand apart and are never run unasked.
#[derive(Debug, Clone)]
#[must_use = "a migration does nothing until it is applied"]
pub struct Migration {
    dialect: Dialect,
    steps: Vec<Step>,
}

/// One step of a [`Migration`]: statements, and the differences they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub(super) differences: Vec<Difference>,
    pub(super) sql: Vec<String>,
    pub(super) destructive: bool,
    pub(super) unchecked: bool,
}

impl Step {
    /// The statements, in order.
    pub fn sql(&self) -> &[String] {
        &self.sql
    }

    /// What is not as the mapping has it until the step is run.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl fmt::Display for Step {
    /// The differences, and the statements below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "-- {}", difference.to_string().replace('\n', " "))?;
        }
        self.sql.iter().try_for_each(|sql| writeln!(f, "{sql};"))
    }
}

impl Migration {
    pub(super) fn new(dialect: Dialect, steps: Vec<Step>) -> Self {
        Migration { dialect, steps }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps that keep every value: new tables, columns, indexes and codes, wider types. They may
    /// fail where rows break a new rule, and then change nothing.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !step.destructive)
    }

    /// The steps that lose values, as dropping a column and narrowing a type do, or that take
    /// something away which the mapping does not know: an index, a condition, a reference.
    pub fn destructive(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.destructive)
    }

    /// All statements in the order in which they run, the destructive ones included, to be looked at
    /// or kept. No SQL is sent.
    pub fn sql(&self) -> Vec<String> {
        self.script().text()
    }

    /// Runs the steps, in one transaction on SQLite and PostgreSQL, which is committed with what
    /// waits. One statement for each in [`sql`](Self::sql). Best on a session of its own: PostgreSQL
    /// refuses statements that were prepared for columns of other types.
    ///
    /// # Errors
    /// [`Error::Configuration`], before anything is sent, where destructive steps are needed, and
    /// when the session talks to another kind of database; those of [`Session::commit`], and what the
    /// database answers. MySQL keeps the steps before the one that failed; the next
    /// [`diff`](crate::Schema::diff) goes on from there.
    pub fn apply(&self, session: &mut Session) -> Result<()> {
        self.refuse_loss("apply_with_data_loss()")?;
        self.apply_with_data_loss(session)
    }

    /// Runs all steps, the [`destructive`](Self::destructive) ones included; otherwise as
    /// [`apply`](Self::apply).
    ///
    /// # Errors
    /// As [`apply`](Self::apply), but for destructive steps.
    pub fn apply_with_data_loss(&self, session: &mut Session) -> Result<()> {
        if session.dialect() != self.dialect {
            return Err(Error::Configuration(format!(
                "the migration was made for {:?}, and the session talks to {:?}",
                self.dialect,
                session.dialect()
            )));
        }
        if self.is_empty() {
            return Ok(());
        }
        session.run_ddl(&self.script())
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn script(&self) -> Script {
        Script {
            statements: self.steps.iter().flat_map(|step| step.sql.clone()).collect(),
            unchecked: self.steps.iter().any(|step| step.unchecked),
        }
    }

    pub(super) fn refuse_loss(&self, otherwise: &str) -> Result<()> {
        let lost: Vec<String> = self
            .destructive()
            .flat_map(|step| step.differences.iter().map(Difference::to_string))
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "the migration would lose values, or drop what the mapping does not know; look at \
             destructive(), and call {otherwise} if that is meant:\n{}",
            lost.join("\n")
        )))
    }
}

impl fmt::Display for Migration {
    /// All statements in order, with the differences they end as comments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}
