//! DELETE of rows by key, and what comes before it or takes its place.

use super::key_lists::{KeyForm, key_condition};
use super::text::Text;
use super::update::{grow_version, identity};
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// `UPDATE … SET deleted = …` of rows that are kept, in place of [`delete`].
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

/// `UPDATE … SET deleted = `
pub(crate) fn soft_delete_head(dialect: Dialect, meta: &EntityMeta, column: usize) -> Text {
    let mut text = Text::new(dialect, "UPDATE ");
    text.table(meta).push(" SET ").column(meta, column).push(" = ");
    text
}

/// `UPDATE … SET column = NULL` of references that stand in the way of a [`delete`].
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

/// `DELETE FROM … WHERE key …`, and the version where there is one.
pub(crate) fn delete(dialect: Dialect, meta: &EntityMeta, form: KeyForm) -> String {
    let mut text = Text::new(dialect, "DELETE FROM ");
    text.table(meta).push(" WHERE ");
    key_condition(&mut text, meta, identity(meta), form);
    text.finish()
}
