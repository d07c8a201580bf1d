//! INSERT.

use super::batch::{MAX_ROWS_AS_ARRAYS, fit_in_arrays, max_rows_as_values};
use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// How the rows of an INSERT are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum InsertForm {
    /// A row of defaults only.
    Defaults,
    /// `VALUES` with a placeholder for each value of so many rows.
    Values(usize),
    /// PostgreSQL: an array a column, where none of them is an array itself.
    Arrays,
}

impl InsertForm {
    /// The form for so many rows.
    pub(crate) fn of(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet, rows: usize) -> Self {
        match dialect {
            _ if columns.is_empty() => InsertForm::Defaults,
            Dialect::Postgres if rows > 1 && fit_in_arrays(meta, columns) => InsertForm::Arrays,
            _ => InsertForm::Values(rows),
        }
    }

    /// The most rows of one statement.
    pub(crate) fn max_rows(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet) -> usize {
        match dialect {
            Dialect::Postgres if fit_in_arrays(meta, columns) => MAX_ROWS_AS_ARRAYS,
            _ => max_rows_as_values(dialect, columns.len()),
        }
    }
}

/// `INSERT INTO … VALUES …`, with `RETURNING key` where the database's own key is wanted so.
pub(crate) fn insert(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    form: InsertForm,
    returning: bool,
) -> String {
    let mut text = Text::new(dialect, "INSERT INTO ");
    text.table(meta);
    match form {
        InsertForm::Defaults if dialect == Dialect::Mysql => {
            text.push(" () VALUES ()");
        }
        InsertForm::Defaults => {
            text.push(" DEFAULT VALUES");
        }
        InsertForm::Values(rows) => {
            text.push(" (").columns(meta, columns).push(") VALUES ");
            text.list(0..rows, |text, _| {
                text.row(columns.len());
            });
        }
        InsertForm::Arrays => {
            text.push(" (").columns(meta, columns).push(") SELECT ");
            // The order of the rows is that of the arrays, and so is the order of generated keys.
            text.list(0..columns.len(), |text, n| {
                text.push(&format!("orm_v.c{n}"));
            });
            text.push(" FROM unnest(");
            text.list(0..columns.len(), |text, _| {
                text.placeholder();
            });
            text.push(") WITH ORDINALITY AS orm_v(");
            text.list(0..columns.len(), |text, n| {
                text.push(&format!("c{n}"));
            });
            text.push(", n) ORDER BY orm_v.n");
        }
    }
    if returning && let Some(key) = meta.auto_column() {
        text.push(" RETURNING ").column(meta, key);
    }
    text.finish()
}
