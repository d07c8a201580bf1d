//! A report of the statements of a request, a test or a job.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::repeated::Repeated;
use super::shape::shape;
use crate::backend::{Cause, Event, FinishedStatement, Origin, SessionObserver, StatementKind};

/// An observer that counts the statements of sessions by their shape, with the places in the
/// program that sent them, and finds statements that were sent over and over.
///
/// Its memory grows with the number of shapes and not with the number of statements. A clone is the
/// same report.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, posts: HasMany<Post> }
/// # #[derive(Entity)] struct Post { id: Auto<i64>, title: String, user: ForeignKey<User> }
/// use orm_runtime::observe::StatementReport;
/// use orm_runtime::transaction::Lazy;
///
/// # fn main() -> Result<()> {
/// # let options = SessionOptions { lazy: Lazy::One, ..SessionOptions::default() };
/// # let mut session = Session::open_with("sqlite://:memory:", options)?;
/// # schema![User, Post].create_all(&mut session)?;
/// # session.add_all((0..9).map(|n| User::builder().name(format!("user {n}")).build()));
/// # session.commit()?;
/// let report = StatementReport::new();
/// session.observe(report.clone());
/// for user in session.query::<User>().all()? {
///     session.load(user, user::posts)?; // one SELECT for each user
/// }
/// let summary = report.summary();
/// let repeated = summary.repeated(5);
/// assert_eq!(repeated[0].count, 9);
/// assert!(repeated[0].cure.contains(".eager(user::posts)"), "{}", repeated[0].cure);
/// println!("{summary}");
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct StatementReport(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    shapes: Vec<ReportedShape>,
    index: HashMap<(String, Origin), usize>,
}

/// The statements of a report, the most frequent first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatementSummary {
    /// How many statements were sent, without BEGIN, COMMIT and savepoints.
    pub statements: u64,
    /// How many rows they returned or changed.
    pub rows: u64,
    /// The time that they took together.
    pub time: Duration,
    /// The statements by shape and origin, the most frequent first.
    pub shapes: Vec<ReportedShape>,
}

/// Statements of one shape that came from one place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedShape {
    /// The text, with one placeholder for each list of values.
    pub sql: String,
    /// The first word of the statement, such as `SELECT`.
    pub kind: &'static str,
    /// What the session sent it for, such as `eager`.
    pub cause: &'static str,
    /// The entity whose rows it reads or writes.
    pub entity: Option<&'static str>,
    /// The path of relationships that it loads, such as `User.posts`.
    pub path: Option<String>,
    /// The name of the query.
    pub name: Option<String>,
    /// The call in the program.
    pub place: Option<Place>,
    /// How often it was sent.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many rows they returned or changed.
    pub rows: u64,
    /// The time that they took together.
    pub time: Duration,
}

/// A place in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Debug for StatementReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatementReport of {} shapes", self.counts().shapes.len())
    }
}

impl StatementReport {
    /// Creates an empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what was sent so far.
    pub fn summary(&self) -> StatementSummary {
        let mut shapes = self.counts().shapes.clone();
        shapes.sort_by_key(|shape| std::cmp::Reverse(shape.count));
        StatementSummary {
            statements: shapes.iter().map(|shape| shape.count).sum(),
            rows: shapes.iter().map(|shape| shape.rows).sum(),
            time: shapes.iter().map(|shape| shape.time).sum(),
            shapes,
        }
    }

    /// Returns what was sent so far, and begins again.
    pub fn take(&self) -> StatementSummary {
        let summary = self.summary();
        *self.counts() = Counts::default();
        summary
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionObserver for StatementReport {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::StatementFinished(finished) = event
            && finished.statement.kind != StatementKind::Transaction
        {
            self.counts().add(finished);
        }
    }
}

impl Counts {
    fn add(&mut self, finished: &FinishedStatement<'_>) {
        let origin = finished.statement.origin;
        let key = (shape(finished.statement.sql), origin.clone());
        let at = match self.index.get(&key) {
            Some(&at) => at,
            None => {
                self.shapes.push(ReportedShape {
                    sql: key.0.clone(),
                    kind: finished.statement.kind.name(),
                    cause: origin.cause.name(),
                    entity: origin.entity,
                    path: origin.path.as_deref().map(str::to_owned),
                    name: origin.name.as_deref().map(str::to_owned),
                    place: origin
                        .place
                        .map(|place| Place { file: place.file(), line: place.line() }),
                    count: 0,
                    failed: 0,
                    rows: 0,
                    time: Duration::ZERO,
                });
                self.index.insert(key, self.shapes.len() - 1);
                self.shapes.len() - 1
            }
        };
        let shape = &mut self.shapes[at];
        shape.count += 1;
        shape.failed += u64::from(finished.error.is_some());
        shape.rows += finished.rows.unwrap_or_default() as u64;
        shape.time += finished.time;
    }
}

impl StatementSummary {
    /// Returns the shapes that one place has sent at least this often, with the call that would
    /// have avoided them. Statements of a bulk call and of the schema are left out: they are sent
    /// in batches on purpose.
    pub fn repeated(&self, at_least: u64) -> Vec<Repeated<'_>> {
        let often = self.shapes.iter().filter(|shape| {
            let on_purpose = [Cause::Bulk, Cause::Schema, Cause::Server].map(Cause::name);
            shape.count >= at_least.max(2) && !on_purpose.contains(&shape.cause)
        });
        often.map(Repeated::of).collect()
    }
}

#[cfg(feature = "json")]
impl StatementSummary {
    /// Returns the report as JSON: an object with the numbers `statements`, `rows` and
    /// `microseconds`, and the array `shapes`. A shape that was sent at least five times from one
    /// place has a `cure`.
    pub fn to_json(&self) -> String {
        let shapes = self.shapes.iter().map(|shape| {
            let repeated = self.repeated(5).into_iter().find(|repeated| repeated.shape == shape);
            serde_json::json!({
                "sql": shape.sql,
                "kind": shape.kind,
                "cause": shape.cause,
                "entity": shape.entity,
                "path": shape.path,
                "name": shape.name,
                "place": shape.place.map(|place| place.to_string()),
                "count": shape.count,
                "failed": shape.failed,
                "rows": shape.rows,
                "microseconds": micros(shape.time),
                "cure": repeated.map(|repeated| repeated.cure),
            })
        });
        serde_json::json!({
            "statements": self.statements,
            "rows": self.rows,
            "microseconds": micros(self.time),
            "shapes": shapes.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

#[cfg(feature = "json")]
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for StatementSummary {
    /// Writes a table: count, rows, time, origin and text, the most frequent first, and then what
    /// was sent at least five times from one place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StatementSummary { statements, rows, time, .. } = self;
        writeln!(f, "{statements} statements, {rows} rows, {time:.1?}")?;
        for shape in &self.shapes {
            let ReportedShape { count, rows, time, sql, .. } = shape;
            writeln!(f, "{count:>6} x {rows:>7} rows {time:>9.1?}  {}: {sql}", shape.origin())?;
        }
        for repeated in self.repeated(5) {
            writeln!(f, "{repeated}")?;
        }
        Ok(())
    }
}

impl ReportedShape {
    /// Returns the origin in words.
    pub(super) fn origin(&self) -> String {
        let mut origin = self.cause.to_owned();
        if let Some(name) = &self.name {
            origin += &format!(" \"{name}\"");
        }
        if let Some(of) = self.path.as_deref().or(self.entity) {
            origin += &format!(" of {of}");
        }
        if let Some(place) = self.place {
            origin += &format!(" at {place}");
        }
        origin
    }
}
