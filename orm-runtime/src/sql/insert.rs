//! INSERT.

use super::batch::{MAX_ROWS_AS_ARRAYS, fit_in_arrays, max_rows_as_values};
use super::text::Text;
use crate::backend::{Dialect, NewKeys};
use crate::mapping::{ColumnSet, EntityMeta};

/// How the rows of an INSERT are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum InsertForm {
    /// One row of defaults only.
    Defaults,
    /// `VALUES` with a placeholder for each value of this many rows.
    Values(usize),
    /// One array for each column, if no column is an array itself.
    Arrays,
}

impl InsertForm {
    /// Chooses the form for this many rows.
    pub(crate) fn of(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet, rows: usize) -> Self {
        if columns.is_empty() {
            InsertForm::Defaults
        } else if rows > 1 && fit_in_arrays(dialect, meta, columns) {
            InsertForm::Arrays
        } else {
            InsertForm::Values(rows)
        }
    }

    /// Returns the most rows of one statement.
    pub(crate) fn max_rows(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet) -> usize {
        match fit_in_arrays(dialect, meta, columns) {
            true => MAX_ROWS_AS_ARRAYS,
            false => max_rows_as_values(dialect, columns.len()),
        }
    }
}

/// What an INSERT does about a key that the database generates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyClause {
    /// Nothing.
    None,
    /// The program provides the key, although the database could generate it.
    Given,
    /// `RETURNING`.
    Returned,
    /// With [`InsertForm::Arrays`]: the same, but no row is inserted unless the catalogue shows
    /// that the keys ascend in the order of the rows.
    ReturnedIfAscending,
}

impl KeyClause {
    /// Returns `true` if the statement returns rows.
    pub(crate) fn returns_rows(self, dialect: Dialect) -> bool {
        dialect.capabilities().returns_changes
            && !matches!(self, KeyClause::None | KeyClause::Given)
    }
}

/// Writes `INSERT INTO … VALUES …`.
pub(crate) fn insert(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    form: InsertForm,
    key: KeyClause,
) -> String {
    let mut text = Text::new(dialect, "INSERT INTO ");
    text.table(meta);
    match form {
        InsertForm::Defaults => {
            text.push(dialect.forms().default_row);
        }
        InsertForm::Values(rows) => {
            text.push(" (").columns(meta, columns).push(")");
            text.push(overriding(key)).push(" VALUES ");
            text.list(0..rows, |text, _| {
                text.row(columns.len());
            });
        }
        InsertForm::Arrays => {
            text.push(" (").columns(meta, columns).push(")");
            text.push(overriding(key)).push(" SELECT ");
            // The rows have the order of the arrays, and so do their generated keys.
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
            text.push(", n)");
            if key == KeyClause::ReturnedIfAscending
                && let Some(key) = meta.auto_column()
                && let NewKeys::Returned { ascend, .. } = dialect.capabilities().new_keys
            {
                text.push(" WHERE ").push(&ascend(meta.table_name(), meta.columns[key].name));
            }
            text.push(" ORDER BY orm_v.n");
        }
    }
    if key.returns_rows(dialect)
        && let Some(key) = meta.auto_column()
    {
        text.push(" RETURNING ").column(meta, key);
    }
    text.finish()
}

/// Writes OVERRIDING, without which an identity accepts no key from the program.
fn overriding(key: KeyClause) -> &'static str {
    match key {
        KeyClause::Given => " OVERRIDING SYSTEM VALUE",
        _ => "",
    }
}
