//! DELETE of rows by key, and the UPDATE that precedes or replaces it.

use super::key_lists::{KeyForm, key_condition};
use super::text::Text;
use super::update::{grow_version, identity};
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// Writes `UPDATE … SET deleted = …` for rows that are kept, in place of [`delete`].
pub(crate) fn soft_delete(
    dialect: Dialect,
    meta: &EntityMeta,
    column: usize,
    form: KeyForm,
) -> String {
    let mut text = soft_delete_head(dialect, meta, column);
    text.placeholder();
    grow_version(&mut text, meta, ColumnSet::EMPTY.with(column, true));
    text.push(" WHERE ");
    key_condition(&mut text, meta, identity(meta), form);
    text.finish()
}

/// Writes `UPDATE … SET deleted = `.
pub(crate) fn soft_delete_head(dialect: Dialect, meta: &EntityMeta, column: usize) -> Text {
    let mut text = Text::new(dialect, "UPDATE ");
    text.table(meta).push(" SET ").column(meta, column).push(" = ");
    text
}

/// Writes `UPDATE … SET column = NULL` for references that prevent a [`delete`].
pub(crate) fn nullify(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    form: KeyForm,
) -> String {
    let mut text = Text::new(dialect, "UPDATE ");
    text.table(meta).push(" SET ");
    text.list(columns.iter(), |text, column| {
        text.column(meta, column).push(" = NULL");
    });
    text.push(" WHERE ");
    key_condition(&mut text, meta, identity(meta), form);
    text.finish()
}

/// Writes `DELETE FROM … WHERE key …`, with the version if there is one.
pub(crate) fn delete(dialect: Dialect, meta: &EntityMeta, form: KeyForm) -> String {
    let mut text = Text::new(dialect, "DELETE FROM ");
    text.table(meta).push(" WHERE ");
    key_condition(&mut text, meta, identity(meta), form);
    text.finish()
}
