//! What a program can observe of its sessions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Dialect, Origin, Plan, StatementKind};
use crate::error::Error;

/// Code that sees what sessions do: every statement, call, flush, transaction and connection.
///
/// Add an observer to one session with [`Session::observe`](crate::Session::observe), or to all
/// sessions of a factory in its options. A closure `Fn(&Event)` is an observer, and so is an `Arc`
/// of one, which the program keeps to read what the observer has collected. An observer runs in the
/// thread of the session, between its statements, so it should be fast. It cannot change what is
/// sent; a [`SessionListener`](crate::events::SessionListener) acts on the session.
///
/// Without an observer, none of this costs more than a branch for each statement.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// use orm_runtime::observe::Event;
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// session.observe(|event: &Event<'_>| {
///     if let Event::StatementFinished(statement) = event {
///         println!("{statement}");
///     }
/// });
/// session.query::<User>().all()?; // 38 µs, 0 rows, query of User at src/main.rs:12: SELECT …
/// # Ok(()) }
/// ```
pub trait SessionObserver: Send + Sync {
    /// Receives an event. Called in the thread of the session.
    fn on_event(&self, event: &Event<'_>);

    /// Returns whether the time of each statement is split into its parts ([`RowTimes`]). That
    /// reads the clock two to four times for each row. Asked once, when the observer is added.
    /// Default: `false`.
    fn times_rows(&self) -> bool {
        false
    }

    /// Returns whether [`Statement::parameters`] has the bound values of the session's statements.
    /// Values of columns with `#[entity(secret)]` are hidden. Asked once, when the observer is
    /// added. Default: `false`.
    fn wants_parameters(&self) -> bool {
        false
    }

    /// Returns whether a statement that has succeeded is explained before it is reported. That
    /// sends one EXPLAIN with the same values. Called for statements that read, update or delete
    /// rows, except streams. Default: `false`.
    fn wants_plan(&self, finished: &FinishedStatement<'_>) -> bool {
        let _ = finished;
        false
    }
}

impl<F: Fn(&Event<'_>) + Send + Sync> SessionObserver for F {
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

impl<O: SessionObserver + ?Sized> SessionObserver for Arc<O> {
    fn on_event(&self, event: &Event<'_>) {
        (**self).on_event(event);
    }

    fn times_rows(&self) -> bool {
        (**self).times_rows()
    }

    fn wants_parameters(&self) -> bool {
        (**self).wants_parameters()
    }

    fn wants_plan(&self, finished: &FinishedStatement<'_>) -> bool {
        (**self).wants_plan(finished)
    }
}

/// What happened.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A statement is about to be sent.
    StatementStarted(&'a Statement<'a>),
    /// A statement has ended: its rows have been read, or it has failed.
    StatementFinished(&'a FinishedStatement<'a>),
    /// A call of the program that sent statements has ended.
    CallFinished(&'a Call),
    /// A flush has written something.
    Flushed(&'a Flush),
    /// A transaction or a savepoint has begun or ended.
    Transaction(&'a Transaction),
    /// A connection was opened, taken from a pool, or lost.
    Connection(&'a ConnectionEvent<'a>),
}

/// A statement of a session.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Statement<'a> {
    /// The number of the session in this process.
    pub session: u64,
    /// The number of the statement in the session, from 1.
    pub number: u64,
    /// The database.
    pub dialect: Dialect,
    /// The SQL text, with placeholders.
    pub sql: &'a str,
    /// What the statement does.
    pub kind: StatementKind,
    /// Where the statement comes from.
    pub origin: &'a Origin,
    /// The bound values as SQL literals, if an observer [wants](SessionObserver::wants_parameters)
    /// them. Long values are cut, and those of secret columns are `***`. Empty for statements that
    /// the program sends on the session's connection.
    pub parameters: &'a [String],
}

/// A statement that has ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FinishedStatement<'a> {
    /// The statement.
    pub statement: Statement<'a>,
    /// How many rows were returned or changed, if the session knows it.
    pub rows: Option<usize>,
    /// The error, if the statement failed. It contains no bound values.
    pub error: Option<&'a str>,
    /// The time from the start to the end, including reading its rows.
    pub time: Duration,
    /// The parts of that time, if an observer [asks](SessionObserver::times_rows) for them and the
    /// statement returns rows.
    pub parts: Option<RowTimes>,
    /// How the database runs the statement, if an observer [wants](SessionObserver::wants_plan) to
    /// know.
    pub plan: Option<&'a Plan>,
}

/// The parts of the time of a statement that returns rows.
///
/// The parts mean the same on all databases, but the client libraries work differently. SQLite
/// finds each row when it is fetched, so most of its work may count as fetching. The client
/// libraries of PostgreSQL and MySQL receive all rows before the first one is available, so the
/// time of the network is in `first_row`; a [`stream`](crate::Query::stream) on PostgreSQL fetches
/// row by row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowTimes {
    /// From the start until the client library had the first row, or knew that there is none.
    pub first_row: Duration,
    /// Fetching the other rows from the client library.
    pub fetching: Duration,
    /// Converting the columns of rows to fields.
    pub decoding: Duration,
    /// Entering the objects in the identity map, and what a program's closure does with a row.
    pub entering: Duration,
}

/// A call of the program that has ended, such as a query with all its paths, or a commit.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// The number of the session in this process.
    pub session: u64,
    /// What was called, and where.
    pub origin: Origin,
    /// How many statements it sent, without BEGIN, COMMIT and savepoints.
    pub statements: u64,
    /// How many statements it sent that begin or end transactions and savepoints.
    pub transaction_statements: u64,
    /// The time of the whole call.
    pub time: Duration,
}

/// A flush that has written something.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Flush {
    /// The number of the session in this process.
    pub session: u64,
    /// What made the session flush, and where.
    pub origin: Origin,
    /// How many rows were inserted.
    pub inserted: usize,
    /// How many rows were updated.
    pub updated: usize,
    /// How many rows were deleted.
    pub deleted: usize,
    /// Finding out what must be written, and in which order.
    pub planning: Duration,
    /// Sending the statements.
    pub sending: Duration,
    /// Entering the results in the identity map, and reading what the database generated.
    pub entering: Duration,
}

/// The beginning or the end of a transaction or a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transaction {
    /// The number of the session in this process.
    pub session: u64,
    /// What happened.
    pub change: TransactionChange,
    /// How many savepoints are open in the transaction after the change.
    pub savepoints: usize,
}

/// What happened to a transaction or a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionChange {
    /// A transaction has begun.
    Began,
    /// The transaction is stored.
    Committed,
    /// The transaction was rolled back.
    RolledBack,
    /// The transaction was lost: the database ended it, or the connection broke.
    Lost,
    /// A savepoint was set.
    SavepointSet,
    /// A savepoint was released, and its work belongs to the outer scope.
    SavepointReleased,
    /// The session went back to a savepoint.
    SavepointRolledBack,
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ConnectionEvent<'a> {
    /// The number of the session in this process, or 0 before there is one.
    pub session: u64,
    /// The database.
    pub dialect: Dialect,
    /// What happened.
    pub change: ConnectionChange<'a>,
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ConnectionChange<'a> {
    /// A session has taken a connection from its pool, and has waited this long for it.
    Taken {
        /// The time until the pool had a connection that works.
        waited: Duration,
    },
    /// The pool had no connection.
    Refused {
        /// The time until the pool gave up.
        waited: Duration,
        /// Why.
        error: &'a Error,
    },
    /// A session continues with another connection.
    Replaced,
    /// The connection was lost.
    Lost,
    /// A session that ends has given the connection back.
    GivenBack,
}

impl fmt::Display for FinishedStatement<'_> {
    /// Writes the statement in one line: time, rows, origin and text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", rounded(self.time))?;
        match (self.error, self.rows) {
            (Some(error), _) => write!(f, ", failed ({error})")?,
            (None, Some(1)) => f.write_str(", 1 row")?,
            (None, Some(rows)) => write!(f, ", {rows} rows")?,
            (None, None) => {}
        }
        write!(f, ", {}: {}", self.statement.origin, self.statement.sql)
    }
}

impl fmt::Display for Origin {
    /// Writes the origin in words: `load of User.posts at src/main.rs:12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} \"{name}\"", self.cause.name())?,
            None => f.write_str(self.cause.name())?,
        }
        match (&self.path, self.entity) {
            (Some(path), _) => write!(f, " of {path}")?,
            (None, Some(entity)) => write!(f, " of {entity}")?,
            (None, None) => {}
        }
        match self.place {
            Some(place) => write!(f, " at {}:{}", place.file(), place.line()),
            None => Ok(()),
        }
    }
}

/// Rounds a time to whole microseconds.
fn rounded(time: Duration) -> Duration {
    Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}
