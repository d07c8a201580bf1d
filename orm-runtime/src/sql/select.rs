//! SELECT of rows by key.

use super::keys::{KeyForm, key_condition};
use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// `SELECT columns FROM table`: what is not deferred, then the deferred columns that are wanted.
/// The names are qualified, so that a query can add joins and conditions.
pub(crate) fn select_list(
    dialect: Dialect,
    meta: &EntityMeta,
    undeferred: ColumnSet,
    select: &str,
) -> Text {
    let mut text = Text::new(dialect, select);
    let plain = (0..meta.columns.len()).filter(|&column| !meta.columns[column].deferred);
    text.list(plain.chain(undeferred.iter()), |text, column| {
        text.table(meta).push(".").column(meta, column);
    });
    text.push(" FROM ").table(meta);
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
    text.push(" WHERE ");
    if let Some((condition, placeholders)) = condition {
        text.push(condition).push(" AND ").count_placeholders(placeholders);
    }
    key_condition(&mut text, meta, meta.key.iter().copied(), form);
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
    text.push(" WHERE ");
    if let Some(column) = null {
        text.column(meta, column).push(" IS NULL AND ");
    }
    key_condition(&mut text, meta, columns.iter().copied(), form);
    text.push(" ORDER BY ");
    text.list(meta.key, |text, &part| {
        text.column(meta, part);
    });
    text.finish()
}

/// The key and some columns of the rows with these keys, and with these versions if they are asked
/// for.
pub(crate) fn select_columns_by_keys(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    by: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
) -> String {
    let mut text = Text::new(dialect, "SELECT ");
    text.list(meta.key.iter().copied().chain(columns.iter()), |text, column| {
        text.column(meta, column);
    });
    text.push(" FROM ").table(meta).push(" WHERE ");
    key_condition(&mut text, meta, by, form);
    text.finish()
}
