//! Statements, calls and transactions as spans and events of the crate `tracing`.

use std::time::Duration;

use tracing::{Span, debug, info, trace, warn};

use super::statement_spans::{StatementSpans, operation, system};
use crate::backend::{
    Call, Cause, ConnectionChange, ConnectionEvent, Event, FinishedStatement, Flush,
    SessionObserver, StatementKind,
};

/// An observer that reports to the crate [`tracing`], with the names of OpenTelemetry's conventions
/// for databases. The target of all events is `orm`.
///
/// | level | what is reported |
/// |---|---|
/// | `WARN` | slow statements, statements that failed, connections that were lost or refused |
/// | `INFO` | statements: `db.query.text`, `db.operation.name`, `db.collection.name`, rows, time |
/// | `DEBUG` | calls of the program, flushes, and statements that begin or end transactions |
/// | `TRACE` | connections, and the parts of the time of each statement |
///
/// Bound values are not reported, unless [`with_parameters`](Self::with_parameters) asks for them.
/// The events are inside the span that is current in the thread, so a span of the request joins the
/// statements of the request. [`with_spans`](Self::with_spans) gives each statement a span.
///
/// ```
/// # use orm_runtime::prelude::*;
/// use std::time::Duration;
///
/// use orm_runtime::observe::TracingObserver;
///
/// # fn main() -> Result<()> {
/// # let session = Session::open("sqlite://:memory:")?;
/// session.observe(TracingObserver::new().slow_after(Duration::from_millis(100)));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TracingObserver {
    slow_after: Duration,
    parameters: bool,
    spans: Option<StatementSpans>,
}

impl Default for TracingObserver {
    fn default() -> Self {
        TracingObserver { slow_after: Duration::from_millis(500), parameters: false, spans: None }
    }
}

impl TracingObserver {
    /// Creates an observer for which a statement is slow after half a second.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time after which a statement is slow.
    #[must_use]
    pub fn slow_after(mut self, slow_after: Duration) -> Self {
        self.slow_after = slow_after;
        self
    }

    /// Reports the bound values of statements at DEBUG, except those of secret columns.
    #[must_use]
    pub fn with_parameters(mut self) -> Self {
        self.parameters = true;
        self
    }

    /// Gives each statement a span at INFO, inside the current span of the thread, for exporters
    /// such as OpenTelemetry's: `otel.name`, `otel.kind` and the fields of the event. The event is
    /// inside the span. Statements that begin or end transactions have no span.
    #[must_use]
    pub fn with_spans(mut self) -> Self {
        self.spans = Some(StatementSpans::default());
        self
    }

    fn statement(&self, finished: &FinishedStatement<'_>) {
        macro_rules! report {
            ($level:ident, $words:expr) => {{
                let statement = &finished.statement;
                let origin = statement.origin;
                $level!(
                    target: "orm",
                    // A name with dots cannot be the first after the target.
                    session = statement.session,
                    db.system.name = system(statement.dialect),
                    db.query.text = statement.sql,
                    db.operation.name = operation(statement.kind, statement.sql),
                    db.collection.name = origin.entity,
                    db.query.summary = origin.name.as_deref(),
                    db.response.returned_rows = finished.rows,
                    error = finished.error,
                    cause = origin.cause.name(),
                    path = origin.path.as_deref(),
                    code.file.path = origin.place.map(|place| place.file()),
                    code.line.number = origin.place.map(|place| place.line()),
                    elapsed_us = micros(finished.time),
                    $words
                )
            }};
        }
        if finished.statement.origin.cause == Cause::Server {
            report!(debug, "question to the server");
        } else if finished.error.is_some() {
            report!(warn, "statement failed");
        } else if finished.time >= self.slow_after {
            report!(warn, "slow statement");
        } else if finished.statement.kind == StatementKind::Transaction {
            report!(debug, "transaction statement");
        } else {
            report!(info, "statement");
        }
        if self.parameters && !finished.statement.parameters.is_empty() {
            debug!(target: "orm", parameters = ?finished.statement.parameters, "parameters");
        }
        if let Some(parts) = finished.parts {
            trace!(
                target: "orm",
                first_row_us = micros(parts.first_row),
                fetching_us = micros(parts.fetching),
                decoding_us = micros(parts.decoding),
                entering_us = micros(parts.entering),
                "parts of the time"
            );
        }
    }
}

impl SessionObserver for TracingObserver {
    fn on_event(&self, event: &Event<'_>) {
        match event {
            Event::StatementStarted(statement) => {
                if let Some(spans) = &self.spans
                    && statement.kind != StatementKind::Transaction
                {
                    spans.open(statement);
                }
            }
            Event::StatementFinished(finished) => {
                let span =
                    self.spans.as_ref().map_or_else(Span::none, |spans| spans.take(finished));
                span.in_scope(|| self.statement(finished));
            }
            Event::CallFinished(call) => report_call(call),
            Event::Flushed(flush) => report_flush(flush),
            Event::Connection(event) => report_connection(event),
            Event::Transaction(_) => {}
        }
    }

    fn wants_parameters(&self) -> bool {
        self.parameters
    }

    fn times_rows(&self) -> bool {
        tracing::enabled!(target: "orm", tracing::Level::TRACE)
    }
}

fn report_call(call: &Call) {
    debug!(
        target: "orm",
        call = %call.origin,
        statements = call.statements,
        transaction_statements = call.transaction_statements,
        session = call.session,
        elapsed_us = micros(call.time),
        "call"
    );
}

fn report_flush(flush: &Flush) {
    debug!(
        target: "orm",
        inserted = flush.inserted,
        updated = flush.updated,
        deleted = flush.deleted,
        planning_us = micros(flush.planning),
        sending_us = micros(flush.sending),
        entering_us = micros(flush.entering),
        session = flush.session,
        "flush"
    );
}

fn report_connection(event: &ConnectionEvent<'_>) {
    let (session, system) = (event.session, system(event.dialect));
    match event.change {
        ConnectionChange::Lost => {
            warn!(target: "orm", session, db.system.name = system, "connection lost");
        }
        ConnectionChange::Refused { waited, error } => warn!(
            target: "orm",
            waited_us = micros(waited),
            db.system.name = system,
            error = %error,
            "no connection"
        ),
        ConnectionChange::Taken { waited } => trace!(
            target: "orm",
            session,
            db.system.name = system,
            waited_us = micros(waited),
            "connection taken"
        ),
        ConnectionChange::Replaced => {
            debug!(target: "orm", session, db.system.name = system, "connection replaced");
        }
        ConnectionChange::GivenBack => {
            trace!(target: "orm", session, db.system.name = system, "connection given back");
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
