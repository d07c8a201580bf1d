//! A statement that is reported to observers, and its times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::session_observer::Statement;
use super::{Cause, Event, FinishedStatement, Origin, Plan, Row, RowTimes, Seen, StatementKind};
use crate::error::Result;

/// A statement that was reported as started.
pub(super) struct WatchedStatement {
    seen: Arc<Seen>,
    number: u64,
    sql: String,
    origin: Origin,
    parameters: Vec<String>,
    started: Instant,
    /// The parts of the time, if an observer wants them.
    parts: Option<RowTimes>,
    /// When the last row was done with.
    idle_since: Option<Instant>,
}

impl WatchedStatement {
    /// Reports that a statement is about to be sent. `has_rows` says whether it returns rows, whose
    /// times can be measured.
    pub(super) fn start(
        seen: &Arc<Seen>,
        sql: String,
        origin: Origin,
        parameters: Vec<String>,
        has_rows: bool,
    ) -> Self {
        let mut watched = WatchedStatement {
            seen: Arc::clone(seen),
            number: seen.next_number(),
            sql,
            origin,
            parameters,
            started: Instant::now(),
            parts: (has_rows && seen.times_rows()).then(RowTimes::default),
            idle_since: None,
        };
        seen.report(&Event::StatementStarted(&watched.statement()));
        watched.started = Instant::now();
        watched
    }

    fn statement(&self) -> Statement<'_> {
        Statement {
            session: self.seen.session(),
            number: self.number,
            dialect: self.seen.dialect(),
            sql: &self.sql,
            kind: StatementKind::of(&self.sql),
            origin: &self.origin,
            parameters: &self.parameters,
        }
    }

    /// Passes on a row, and measures the time.
    pub(super) fn row<T>(
        &mut self,
        row: &mut Row<'_, '_>,
        each: impl FnOnce(&mut Row<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        let Some(parts) = &mut self.parts else { return each(row) };
        let arrived = Instant::now();
        match self.idle_since {
            None => parts.first_row = arrived - self.started,
            Some(idle_since) => parts.fetching += arrived - idle_since,
        }
        row.time_decoding();
        let result = each(row);
        let done = Instant::now();
        let decoding = row.decoding_time().unwrap_or_default();
        parts.decoding += decoding;
        parts.entering += (done - arrived).saturating_sub(decoding);
        self.idle_since = Some(done);
        result
    }

    /// Reports that the statement has ended.
    pub(super) fn finish(self, rows: Option<usize>, error: Option<&str>) {
        self.finish_explained(rows, error, &mut || None);
    }

    /// Reports that the statement has ended, and explains it if an observer wants that.
    pub(super) fn finish_explained(
        mut self,
        rows: Option<usize>,
        error: Option<&str>,
        explain: &mut dyn FnMut() -> Option<Plan>,
    ) {
        let ended = Instant::now();
        let time = ended - self.started;
        let parts = self.parts.take().map(|mut parts| {
            match self.idle_since {
                None => parts.first_row = time,
                Some(idle_since) => parts.fetching += ended - idle_since,
            }
            parts
        });
        let statement = self.statement();
        let mut finished = FinishedStatement { statement, rows, error, time, parts, plan: None };
        let plan =
            match error.is_none() && self.can_be_explained() && self.seen.wants_plan(&finished) {
                true => explain(),
                false => None,
            };
        finished.plan = plan.as_ref();
        self.seen.report(&Event::StatementFinished(&finished));
    }

    fn can_be_explained(&self) -> bool {
        use StatementKind::{Delete, Select, Update};
        self.origin.cause != Cause::Server
            && matches!(StatementKind::of(&self.sql), Select | Update | Delete)
    }
}

/// The time for decoding a row, if it is measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DecodingTime(Option<Duration>);

impl DecodingTime {
    pub(super) fn measured() -> Self {
        DecodingTime(Some(Duration::ZERO))
    }

    pub(super) fn get(self) -> Option<Duration> {
        self.0
    }

    #[inline]
    pub(super) fn add(&mut self, more: Duration) {
        if let Some(time) = &mut self.0 {
            *time += more;
        }
    }
}
