//! What the session knows about the statements on its connection, both its own and those that the
//! user sends outside the session. Diesel's instrumentation reports both.

use std::sync::Arc;

#[cfg(feature = "sqlite")]
use diesel::connection::TransactionDepthChange;
use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};

use super::ended::EndedByHand;
use super::watched_statement::WatchedStatement;
use super::{Cause, Origin, Seen};
use crate::error::DatabaseError;

thread_local! {
    /// Set while Diesel asks PostgreSQL for the number of a type.
    static LOOKING_UP: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs a lookup of a type. Its statement is not counted, because it belongs to the connection
/// rather than to the session: it is sent once for each connection, and only on PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) fn looking_up<T>(lookup: impl FnOnce() -> T) -> T {
    LOOKING_UP.set(true);
    let found = lookup();
    LOOKING_UP.set(false);
    found
}

/// Counts and records statements, and remembers a failure until the session has handled it.
#[derive(Default)]
pub(crate) struct Observer {
    /// What was sent, for the session.
    pub(crate) seen: Arc<Seen>,
    /// Statements that the session did not send itself.
    pub(crate) foreign: u64,
    /// Set while the session sends.
    pub(crate) own: bool,
    /// Set while rows are still being read: a failure is not yet handled.
    pub(crate) streams: bool,
    /// A foreign statement failed at this depth of Diesel's transactions, and nothing undid it.
    pub(crate) foreign_failure: Option<(u32, DatabaseError)>,
    /// A statement of the user has ended the session's transaction.
    pub(crate) ended: Option<EndedByHand>,
    /// Set while the session sends a statement of the user.
    pub(crate) by_user: bool,
    /// Set while the session reports its statement itself, because it knows the rows.
    pub(crate) reported: bool,
    /// A statement that is running and is reported here.
    running: Option<WatchedStatement>,
    depth: u32,
    /// An instrumentation of the user, which receives every event as well.
    pub(crate) next: Option<Box<dyn Instrumentation>>,
}

impl Observer {
    /// Creates an observer that continues the counts of an earlier one.
    pub(super) fn of(seen: Arc<Seen>) -> Self {
        Observer { seen, ..Self::default() }
    }

    /// Records a statement that began or ended a transaction without Diesel's transaction manager.
    #[cfg(feature = "sqlite")]
    pub(crate) fn note_control(&mut self, change: TransactionDepthChange) {
        self.seen.count_control(1);
        self.depth = match change {
            TransactionDepthChange::IncreaseDepth => self.depth + 1,
            TransactionDepthChange::DecreaseDepth => self.depth.saturating_sub(1),
        };
    }

    fn finish(&mut self, query: &dyn DebugQuery, error: Option<&diesel::result::Error>) {
        if LOOKING_UP.get() {
            return;
        }
        self.seen.count();
        self.foreign += u64::from(!self.own);
        if let Some(error) = error
            && (self.streams || !self.own)
        {
            self.foreign_failure = Some((self.depth, DatabaseError::of(error)));
        }
        if error.is_none() && (self.by_user || !self.own) {
            self.ended = EndedByHand::note(self.ended, &query);
        }
        if let Some(running) = self.running.take() {
            let error = error.map(|error| DatabaseError::of(error).to_string());
            running.finish(None, error.as_deref());
        }
    }

    /// Reports the start of a statement that the session does not report itself: one of the
    /// program, or one that begins or ends a transaction.
    #[cold]
    fn start(&mut self, query: &dyn DebugQuery) {
        if LOOKING_UP.get() || self.own && self.reported {
            return;
        }
        let mut sql = query.to_string();
        // Diesel appends the values to the text.
        if let Some(end) = sql.find(" -- binds: ") {
            sql.truncate(end);
        }
        let origin = match self.own {
            true => self.seen.origin(),
            false => Origin { cause: Cause::Program, ..Origin::default() },
        };
        self.running = Some(WatchedStatement::start(&self.seen, sql, origin, Vec::new(), false));
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartQuery { query, .. } if self.seen.is_watched() => {
                self.start(*query);
            }
            InstrumentationEvent::FinishQuery { query, error, .. } => self.finish(*query, *error),
            InstrumentationEvent::BeginTransaction { depth, .. } => {
                self.seen.count_control(1);
                self.depth = depth.get();
            }
            InstrumentationEvent::CommitTransaction { depth, .. } => {
                self.seen.count_control(1);
                self.depth = depth.get() - 1;
            }
            InstrumentationEvent::RollbackTransaction { depth, .. } => {
                self.seen.count_control(1);
                self.depth = depth.get() - 1;
                // A savepoint undoes the failure of what ran inside it.
                self.foreign_failure.take_if(|(failed_at, _)| *failed_at >= depth.get());
            }
            _ => {}
        }
        if let Some(next) = &mut self.next {
            next.on_connection_event(event);
        }
    }
}
