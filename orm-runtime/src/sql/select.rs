//! SELECT of rows by key.

use super::key_lists::{KeyForm, condition, key_condition, key_condition_of, row_values};
use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};
use crate::types::ColumnType;

/// Writes `SELECT columns FROM tables`: the columns that are not deferred, then the requested
/// deferred columns. The names are qualified, so that a query can add joins and conditions.
pub(crate) fn select_list(
    dialect: Dialect,
    meta: &EntityMeta,
    undeferred: ColumnSet,
    select: &str,
) -> Text {
    select_list_with(dialect, meta, undeferred, select, &[])
}

/// Writes the same, with expressions after the columns.
pub(crate) fn select_list_with(
    dialect: Dialect,
    meta: &EntityMeta,
    undeferred: ColumnSet,
    select: &str,
    further: &[&str],
) -> Text {
    let mut text = Text::new(dialect, select);
    text.list(meta.visible().chain(undeferred.iter()), |text, column| {
        text.column_of(None, meta, column);
    });
    for expression in further {
        text.push(", ").push(expression);
    }
    text.push(" FROM ").tables(meta);
    text
}

/// Selects the rows with these keys that satisfy a condition with this many placeholders.
pub(crate) fn select_by_key(
    dialect: Dialect,
    meta: &EntityMeta,
    undeferred: ColumnSet,
    condition: Option<(&str, usize)>,
    form: KeyForm,
) -> String {
    let mut text = select_list(dialect, meta, undeferred, "SELECT ");
    text.push(" WHERE ").of_kind(meta, " AND ");
    if let Some((condition, placeholders)) = condition {
        text.push(condition).push(" AND ").count_placeholders(placeholders);
    }
    key_condition_of(&mut text, meta, meta.key.iter().copied(), form);
    text.finish()
}

/// Selects the row by a key that contains a UUID, which may be written in upper case.
pub(crate) fn select_by_uuid(dialect: Dialect, meta: &EntityMeta) -> String {
    let mut text = select_list(dialect, meta, ColumnSet::EMPTY, "SELECT ");
    text.push(" WHERE ").of_kind(meta, " AND ");
    text.separated(" AND ", meta.key, |text, &part| {
        text.column_of(None, meta, part);
        if meta.columns[part].kind == ColumnType::Uuid {
            text.push(" IN (").placeholder().push(", UPPER(").placeholder().push("))");
        } else {
            text.push(" = ").placeholder();
        }
    });
    text.finish()
}

/// Selects the rows in which some columns have these values and another is NULL, ordered by their
/// keys.
pub(crate) fn select_by_columns(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: &[usize],
    null: Option<usize>,
    form: KeyForm,
) -> String {
    let mut text = select_list(dialect, meta, ColumnSet::EMPTY, "SELECT ");
    text.push(" WHERE ").of_kind(meta, " AND ");
    if let Some(column) = null {
        text.column_of(None, meta, column).push(" IS NULL AND ");
    }
    key_condition_of(&mut text, meta, columns.iter().copied(), form);
    text.push(" ORDER BY ");
    text.list(meta.key, |text, &part| {
        text.column_of(None, meta, part);
    });
    text.finish()
}

/// Selects, from the rows with these keys, the value of a reference and the key of the row that it
/// points to.
pub(crate) fn select_pairs(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: &[usize],
    target: &EntityMeta,
    form: KeyForm,
) -> String {
    let target = target.base_table();
    let mut text = Text::new(dialect, "SELECT ");
    text.list(columns, |text, &column| {
        text.column_of(None, meta, column);
    });
    text.push(", ").list(target.key, |text, &part| {
        text.push("orm_target.").column(target, part);
    });
    text.push(" FROM ").tables(meta).push(" JOIN ").table(target).push(" AS orm_target ON ");
    text.separated(" AND ", columns.iter().zip(target.key), |text, (&column, &part)| {
        text.column_of(None, meta, column).push(" = orm_target.").column(target, part);
    });
    text.push(" WHERE ");
    condition(&mut text, meta.key.iter().copied(), form, &|text, column| {
        text.column_of(None, meta, column);
    });
    text.finish()
}

/// Selects, for the rows with these keys, which of the given keys finds the row, and the key as the
/// row has it. If several keys find one row, it is the first.
pub(crate) fn select_which(dialect: Dialect, meta: &EntityMeta, keys: usize) -> String {
    let table = meta.base_table();
    let mut text = Text::new(dialect, "SELECT CASE");
    for n in 0..keys {
        text.push(" WHEN ");
        key_condition(&mut text, table, table.key.iter().copied(), KeyForm::One);
        text.push(&format!(" THEN {n}"));
    }
    text.push(" END, ").list(table.key, |text, &part| {
        text.column(table, part);
    });
    text.push(" FROM ").table(table).push(" WHERE ");
    row_values(&mut text, table, table.key.iter().copied(), keys);
    text.finish()
}

/// Selects the key and some columns of the rows with these keys. For a hierarchy, only the tables
/// with these columns are read.
pub(crate) fn select_columns_by_keys(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    form: KeyForm,
) -> String {
    let of = |column| meta.hierarchy.map_or(0, |hierarchy| hierarchy.table_of_column(column));
    let mut tables: Vec<usize> = columns.iter().map(of).collect();
    tables.sort_unstable();
    tables.dedup();
    let first = meta.numbered_table(tables.first().copied().unwrap_or_default());
    let name = |text: &mut Text, table: &EntityMeta, column| {
        if tables.len() > 1 {
            text.table(table).push(".");
        }
        text.column(table, column);
    };
    let mut text = Text::new(dialect, "SELECT ");
    text.list(first.key, |text, &part| name(text, first, part));
    for column in columns.iter() {
        name(text.push(", "), meta.table_with(column), column);
    }
    text.push(" FROM ").table(first);
    for &table in tables.iter().skip(1) {
        text.sharing_key(" LEFT JOIN ", first, meta.numbered_table(table));
    }
    text.push(" WHERE ");
    let key = first.key.iter().copied();
    condition(&mut text, key, form, &|text, column| name(text, first, column));
    text.finish()
}

/// Selects the keys of the rows of one table in which some columns have these values.
pub(crate) fn select_keys(
    dialect: Dialect,
    table: &EntityMeta,
    by: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
) -> String {
    let mut text = Text::new(dialect, "SELECT ");
    text.list(table.key, |text, &part| {
        text.column(table, part);
    });
    text.push(" FROM ").table(table).push(" WHERE ");
    key_condition(&mut text, table, by, form);
    text.finish()
}
