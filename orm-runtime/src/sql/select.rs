//! SELECT of rows by key.

use super::keys::{KeyForm, condition, key_condition, key_condition_of};
use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// `SELECT columns FROM tables`: what is not deferred, then the deferred columns that are wanted.
/// The names are qualified, so that a query can add joins and conditions.
pub(crate) fn select_list(
    dialect: Dialect,
    meta: &EntityMeta,
    undeferred: ColumnSet,
    select: &str,
) -> Text {
    let mut text = Text::new(dialect, select);
    text.list(meta.visible().chain(undeferred.iter()), |text, column| {
        text.column_of(None, meta, column);
    });
    text.push(" FROM ").tables(meta);
    text
}

/// The rows with these keys, and for which a condition holds that has so many placeholders.
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

/// The rows in which some columns have these values, and another is NULL, in the order of their keys.
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

/// The key and some columns of the rows with these keys. Of a hierarchy only those tables are read which
/// have the columns.
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

/// The keys of the rows of one table in which some columns have these values.
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
