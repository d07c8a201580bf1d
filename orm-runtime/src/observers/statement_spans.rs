//! Statements as spans of the crate `tracing`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Span;
use tracing::field::Empty;

use crate::backend::{Dialect, FinishedStatement, ObservedStatement, StatementKind};

/// The spans of statements that have not ended, by session. A session sends one at a time.
#[derive(Debug, Default)]
pub(super) struct StatementSpans(Mutex<HashMap<u64, (u64, Span)>>);

impl StatementSpans {
    /// Opens the span of a statement, inside the current span of the thread.
    pub(super) fn open(&self, statement: &ObservedStatement<'_>) {
        let origin = statement.origin;
        let operation = operation(statement.kind, statement.sql);
        let span = tracing::info_span!(
            target: "orm",
            "statement",
            otel.name = %match origin.entity {
                Some(entity) => format!("{operation} {entity}"),
                None => operation.to_owned(),
            },
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = system(statement.dialect),
            db.query.text = statement.sql,
            db.operation.name = operation,
            db.collection.name = origin.entity,
            db.query.summary = origin.name.as_deref(),
            db.response.returned_rows = Empty,
            error.message = Empty,
            code.file.path = origin.place.map(|place| place.file()),
            code.line.number = origin.place.map(|place| place.line()),
        );
        if !span.is_disabled() {
            self.spans().insert(statement.session, (statement.number, span));
        }
    }

    /// Returns the span of a statement that has ended, with its rows and its error. Without a span
    /// of its own, events are inside the current span.
    pub(super) fn take(&self, finished: &FinishedStatement<'_>) -> Span {
        let ObservedStatement { session, number, .. } = finished.statement;
        let mut spans = self.spans();
        if spans.get(&session).is_none_or(|(opened, _)| *opened != number) {
            return Span::none();
        }
        let Some((_, span)) = spans.remove(&session) else { return Span::none() };
        drop(spans);
        if let Some(rows) = finished.rows {
            span.record("db.response.returned_rows", rows);
        }
        if let Some(error) = finished.error {
            span.record("otel.status_code", "ERROR");
            span.record("error.message", error);
        }
        span
    }

    fn spans(&self) -> MutexGuard<'_, HashMap<u64, (u64, Span)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the name of the database in OpenTelemetry's conventions.
pub(super) fn system(dialect: Dialect) -> &'static str {
    dialect.capabilities().system_name
}

/// Returns the name of the operation: the first word, in upper case.
pub(super) fn operation(kind: StatementKind, sql: &str) -> &str {
    match kind {
        StatementKind::Transaction | StatementKind::Other => {
            sql.split_whitespace().next().unwrap_or_default()
        }
        known => known.name(),
    }
}
