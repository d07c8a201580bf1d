//! The text of a join along a relationship.

use super::statement_builder::{Piece, StatementBuilder};
use crate::mapping::{EntityMeta, Through};
use crate::sql::Text;

/// Writes a table under an alias. With conditions, or several tables, writes a subquery.
pub(crate) fn write_table<'a>(
    sql: &mut StatementBuilder<'a>,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize>,
    conditions: &[Piece<'a>],
    alias: &str,
) {
    if conditions.is_empty() && !meta.is_split() {
        sql.text().table(meta);
    } else {
        sql.push("(SELECT ").text().aliased_columns(meta, columns);
        sql.push(" FROM ").text().tables(meta);
        sql.conditions(" WHERE ", conditions.iter().copied()).push(")");
    }
    sql.push(" AS ").push(alias);
}

/// Writes ` AND NOT EXISTS (SELECT 1 FROM visit AS orm_a1_b WHERE …)`: only the first of several
/// association rows that connect the same two objects counts.
pub(crate) fn write_once<'a>(
    sql: &mut StatementBuilder<'a>,
    through: Through,
    conditions: &[Piece<'a>],
    alias: &str,
) {
    let (meta, before) = (through.meta, format!("{alias}_b"));
    sql.push(" AND NOT EXISTS (SELECT 1 FROM ");
    write_table(sql, meta, meta.seen().iter(), conditions, &before);
    for columns in [through.source_columns, through.target_columns] {
        sql.push(if columns == through.source_columns { " WHERE " } else { " AND " });
        write_on(sql.text(), (Some(&before), meta, columns), (Some(alias), meta, columns));
    }
    sql.push(" AND ").text().row_of(Some(&before), meta, meta.key).push(" < ");
    sql.text().row_of(Some(alias), meta, meta.key).push(")");
}

/// Columns of a table under an alias.
pub(crate) type Side<'a> = (Option<&'a str>, &'static EntityMeta, &'static [usize]);

/// Writes `orm_j1.user_id = user.id`.
pub(crate) fn write_on(text: &mut Text, one: Side<'_>, other: Side<'_>) {
    text.separated(" AND ", one.2.iter().zip(other.2), |text, (&a, &b)| {
        text.column_of(one.0, one.1, a).push(" = ").column_of(other.0, other.1, b);
    });
}
