//! UPDATE of one row, and of many rows with different values in one statement.

use super::batch::{MAX_ROWS_AS_ARRAYS, MAX_ROWS_COMPARED, fit_in_arrays, max_rows_as_values};
use super::key_lists::row_values;
use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// How the rows of an UPDATE are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum UpdateForm {
    /// One row: the new values, then the stored key and version.
    One,
    /// `FROM (VALUES …)`; each row has the stored key and version, then the new values.
    FromValues(usize),
    /// The same with one array for each column.
    FromArrays,
    /// For each column `CASE key WHEN … THEN …`, then the keys.
    Case(usize),
}

impl UpdateForm {
    /// Chooses the form for this many rows.
    pub(crate) fn of(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet, rows: usize) -> Self {
        match rows {
            1 => UpdateForm::One,
            _ if fit_in_arrays(dialect, meta, columns) => UpdateForm::FromArrays,
            _ if dialect.forms().updates_from_values => UpdateForm::FromValues(rows),
            _ => UpdateForm::Case(rows),
        }
    }

    /// Returns the most rows of one statement that finds its rows by this identity.
    pub(crate) fn max_rows(
        dialect: Dialect,
        meta: &EntityMeta,
        columns: ColumnSet,
        by: Identity<'_>,
    ) -> usize {
        let found_by = by.columns().count();
        if fit_in_arrays(dialect, meta, columns) {
            MAX_ROWS_AS_ARRAYS
        } else if dialect.forms().updates_from_values {
            max_rows_as_values(dialect, columns.len() + found_by)
        } else {
            let binds = columns.len() * (by.unique.len() + 1) + found_by;
            MAX_ROWS_COMPARED.min(max_rows_as_values(dialect, binds))
        }
    }
}

/// The columns by which an UPDATE finds the rows that it writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    /// The columns of a unique set.
    pub(crate) unique: &'a [usize],
    /// Another column that must have the value of the row: the version, or the discriminator.
    pub(crate) checked: Option<usize>,
    /// The condition of the unique index, if it has one.
    pub(crate) condition: Option<&'a str>,
}

impl<'a> Identity<'a> {
    /// Returns the key, and the version if there is one.
    pub(crate) fn of(meta: &EntityMeta) -> Self {
        Identity { unique: meta.key, checked: meta.version, condition: None }
    }

    /// Returns the columns whose values are bound for each row.
    pub(crate) fn columns(self) -> impl Iterator<Item = usize> + Clone + 'a {
        self.unique.iter().copied().chain(self.checked)
    }
}

/// Returns the columns that identify a row: the key, and the version if there is one.
pub(crate) fn identity(meta: &EntityMeta) -> impl Iterator<Item = usize> + Clone {
    meta.key.iter().copied().chain(meta.version)
}

/// Writes the `UPDATE …` of the columns. Each row is found by its stored key, and by its version if
/// it has one, which is increased by one.
pub(crate) fn update(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    form: UpdateForm,
) -> String {
    update_by(dialect, meta, columns, Identity::of(meta), form)
}

/// Writes the `UPDATE …` of the columns of rows that are found by any identity. The version is
/// increased by one.
pub(crate) fn update_by(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    by: Identity<'_>,
    form: UpdateForm,
) -> String {
    let columns = meta.version.map_or(columns, |version| columns.without(version));
    let mut text = Text::new(dialect, "UPDATE ");
    text.table(meta).push(" SET ");
    match form {
        UpdateForm::One => one(&mut text, meta, columns, by),
        UpdateForm::FromValues(rows) => from_values(&mut text, meta, columns, by, rows),
        UpdateForm::FromArrays => from_arrays(&mut text, meta, columns, by),
        UpdateForm::Case(rows) => case(&mut text, meta, columns, by, rows),
    }
    if let Some(condition) = by.condition {
        text.push(" AND (").push(condition).push(")");
    }
    text.finish()
}

/// Writes the `UPDATE …` of a row to a temporary key, bound as [`UpdateForm::One`]. The version
/// does not change: the update to the new key increases it.
pub(crate) fn park(dialect: Dialect, meta: &EntityMeta) -> String {
    let mut text = Text::new(dialect, "UPDATE ");
    text.table(meta).push(" SET ");
    equal(&mut text, meta, ", ", meta.key.iter().copied());
    text.push(" WHERE ");
    equal(&mut text, meta, " AND ", identity(meta));
    text.finish()
}

fn one(text: &mut Text, meta: &EntityMeta, columns: ColumnSet, by: Identity<'_>) {
    equal(text, meta, ", ", columns.iter());
    grow_version(text, meta, columns);
    text.push(" WHERE ");
    equal(text, meta, " AND ", by.columns());
}

fn equal(text: &mut Text, meta: &EntityMeta, between: &str, columns: impl Iterator<Item = usize>) {
    text.separated(between, columns, |text, column| {
        text.column(meta, column).push(" = ").placeholder();
    });
}

fn from_values(
    text: &mut Text,
    meta: &EntityMeta,
    columns: ColumnSet,
    by: Identity<'_>,
    rows: usize,
) {
    let first_value = by.columns().count() + 1;
    text.list(columns.iter().zip(first_value..), |text, (column, n)| {
        text.column(meta, column).push(&format!(" = orm_v.column{n}"));
    });
    grow_version(text, meta, columns);
    text.push(" FROM (VALUES ");
    text.list(0..rows, |text, _| {
        text.row(first_value - 1 + columns.len());
    });
    text.push(") AS orm_v WHERE ");
    found_in(text, meta, by, |n| format!("orm_v.column{}", n + 1));
}

fn from_arrays(text: &mut Text, meta: &EntityMeta, columns: ColumnSet, by: Identity<'_>) {
    let first_value = by.columns().count();
    text.list(columns.iter().zip(first_value..), |text, (column, n)| {
        text.column(meta, column).push(&format!(" = orm_v.c{n}"));
    });
    grow_version(text, meta, columns);
    text.push(" FROM unnest(");
    text.list(0..first_value + columns.len(), |text, _| {
        text.placeholder();
    });
    text.push(") AS orm_v(");
    text.list(0..first_value + columns.len(), |text, n| {
        text.push(&format!("c{n}"));
    });
    text.push(") WHERE ");
    found_in(text, meta, by, |n| format!("orm_v.c{n}"));
}

fn case(text: &mut Text, meta: &EntityMeta, columns: ColumnSet, by: Identity<'_>, rows: usize) {
    text.list(columns.iter(), |text, column| {
        text.column(meta, column).push(" = CASE");
        for _ in 0..rows {
            text.push(" WHEN ");
            equal(text, meta, " AND ", by.unique.iter().copied());
            text.push(" THEN ").placeholder();
        }
        text.push(" END");
    });
    grow_version(text, meta, columns);
    text.push(" WHERE ");
    row_values(text, meta, by.columns(), rows);
}

fn found_in(text: &mut Text, meta: &EntityMeta, by: Identity<'_>, value: impl Fn(usize) -> String) {
    text.separated(" AND ", by.columns().enumerate(), |text, (n, column)| {
        text.table(meta).push(".").column(meta, column).push(" = ").push(&value(n));
    });
}

/// Writes `, version = version + 1`, after these columns.
pub(crate) fn grow_version(text: &mut Text, meta: &EntityMeta, columns: ColumnSet) {
    if let Some(version) = meta.version {
        if !columns.is_empty() {
            text.push(", ");
        }
        text.column(meta, version).push(" = ").table(meta).push(".").column(meta, version);
        text.push(" + 1");
    }
}

/// Selects the keys of the rows that are found by an identity, for a number of rows whose values
/// are bound row by row.
pub(crate) fn select_keys_by(
    dialect: Dialect,
    meta: &EntityMeta,
    by: Identity<'_>,
    rows: usize,
) -> String {
    let mut text = Text::new(dialect, "");
    text.separated(" UNION ALL ", 0..rows, |text, _| {
        text.push("SELECT ").list(meta.key, |text, &part| {
            text.column(meta, part);
        });
        text.push(" FROM ").table(meta).push(" WHERE ");
        equal(text, meta, " AND ", by.columns());
        if let Some(condition) = by.condition {
            text.push(" AND (").push(condition).push(")");
        }
    });
    text.finish()
}
