//! A watch for statements that read a table as a whole.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::shape::shape;
use crate::backend::{Event, FinishedStatement, SessionObserver};

/// An observer that reports statements which read all rows of a table without an index, for tests.
///
/// It has each different statement explained once, which sends one EXPLAIN after the statement. The
/// tables of a test are small, so the watch cannot see which ones are large in production: name
/// [those](Self::only), or leave out [the small ones](Self::except). On PostgreSQL, where small
/// tables are read as a whole even if there is an index, send `SET enable_seqscan = off` first.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// use std::sync::{Arc, Mutex};
///
/// use orm_runtime::observe::FullScanWatch;
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// let scanned = Arc::new(Mutex::new(Vec::new()));
/// let sink = Arc::clone(&scanned);
/// session.observe(FullScanWatch::new(move |table, statement| {
///     sink.lock().unwrap().push(format!("{table}: {statement}"));
/// }));
/// session.query::<User>().filter(user::name.eq("ada")).all()?;
/// assert!(scanned.lock().unwrap()[0].starts_with("user: "));
/// # Ok(()) }
/// ```
pub struct FullScanWatch {
    report: Box<Report>,
    only: Option<HashSet<String>>,
    except: HashSet<String>,
    explained: Mutex<HashSet<String>>,
}

/// Receives the table and the statement.
type Report = dyn Fn(&str, &FinishedStatement<'_>) + Send + Sync;

impl FullScanWatch {
    /// Creates a watch that calls a closure with the table and the statement.
    pub fn new(report: impl Fn(&str, &FinishedStatement<'_>) + Send + Sync + 'static) -> Self {
        FullScanWatch {
            report: Box::new(report),
            only: None,
            except: HashSet::new(),
            explained: Mutex::default(),
        }
    }

    /// Reports only these tables, which are large in production.
    #[must_use]
    pub fn only(mut self, tables: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.only.get_or_insert_default().extend(tables.into_iter().map(Into::into));
        self
    }

    /// Leaves out a table that may be read as a whole.
    #[must_use]
    pub fn except(mut self, table: impl Into<String>) -> Self {
        self.except.insert(table.into());
        self
    }

    fn concerns(&self, table: &str) -> bool {
        let named = self.only.as_ref().is_none_or(|only| only.contains(table));
        named && !self.except.contains(table)
    }
}

impl SessionObserver for FullScanWatch {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::StatementFinished(finished) = event
            && let Some(plan) = finished.plan
        {
            let scanned = plan.full_scans.iter().filter(|table| self.concerns(table));
            scanned.for_each(|table| (self.report)(table, finished));
        }
    }

    fn wants_plan(&self, finished: &FinishedStatement<'_>) -> bool {
        let mut explained = self.explained.lock().unwrap_or_else(PoisonError::into_inner);
        explained.insert(shape(finished.statement.sql))
    }
}

impl fmt::Debug for FullScanWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FullScanWatch")
            .field("only", &self.only)
            .field("except", &self.except)
            .finish_non_exhaustive()
    }
}
