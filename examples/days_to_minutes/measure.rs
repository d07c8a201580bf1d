//! What a step costs: statements, rows, and seconds.

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use orm_runtime::observe::{StatementReport, StatementSummary};
use orm_runtime::prelude::*;

/// Measures steps of a session.
pub(crate) struct Measure {
    report: StatementReport,
}

/// What a step has cost.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// The time of the whole step, with what the program did between statements.
    pub(crate) time: Duration,
    /// The statements by shape, with their rows and the time in them.
    pub(crate) summary: StatementSummary,
}

impl Measure {
    /// Begins to observe a session.
    pub(crate) fn of(session: &Session) -> Self {
        let report = StatementReport::new();
        session.observe(report.clone());
        Measure { report }
    }

    /// Runs a step, and names what it has cost.
    pub(crate) fn run<T>(
        &self,
        name: &'static str,
        session: &mut Session,
        step: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<(Measured, T)> {
        self.report.take();
        let started = Instant::now();
        let result = step(session)?;
        let time = started.elapsed();
        Ok((Measured { name, time, summary: self.report.take() }, result))
    }
}

impl Measured {
    /// Adds another step to this one.
    pub(crate) fn plus(&self, other: &Measured, name: &'static str) -> Measured {
        let mut summary = self.summary.clone();
        summary.statements += other.summary.statements;
        summary.rows += other.summary.rows;
        summary.time += other.summary.time;
        Measured { name, time: self.time + other.time, summary }
    }
}

/// Returns the steps as a table.
pub(crate) fn table(steps: &[Measured], with_times: bool) -> Table {
    let mut table = Table::new();
    let mut head = vec!["step", "statements", "rows"];
    if with_times {
        head.extend(["seconds", "in statements"]);
    }
    table.load_preset(presets::ASCII_MARKDOWN).set_header(head);
    for Measured { name, time, summary } in steps {
        let counts = [(*name).to_owned(), summary.statements.to_string(), summary.rows.to_string()];
        let mut cells = Vec::from(counts);
        if with_times {
            let seconds = [*time, summary.time].map(|time| format!("{:.4}", time.as_secs_f64()));
            cells.extend(seconds);
        }
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
