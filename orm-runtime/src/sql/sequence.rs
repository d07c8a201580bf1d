//! Sequences that are set to the greatest number in use.

use super::text::Text;
use crate::backend::{Dialect, KeySequence};
use crate::mapping::EntityMeta;

/// Where SQLite's sequences stand.
pub(crate) const SEQUENCES: &str = "orm_sequence";

/// PostgreSQL: lets the sequence of a key go on after the last key, if it is not beyond it.
pub(crate) fn advance_key(meta: &EntityMeta, key: usize, sequence: &KeySequence) -> String {
    let (last, beyond) = if sequence.descends { ("min", "<") } else { ("max", ">") };
    set_val(meta, key, &sequence.name, last, beyond)
}

/// PostgreSQL: the same for a sequence that is known by name.
pub(crate) fn advance_sequence(meta: &EntityMeta, column: usize, name: &str) -> String {
    let mut quoted = String::new();
    Dialect::Postgres.push_qualified(&mut quoted, meta.schema, name);
    let sequence = format!("{}::regclass", Dialect::Postgres.text_literal(&quoted));
    set_val(meta, column, &sequence, "max", ">")
}

fn set_val(meta: &EntityMeta, column: usize, sequence: &str, last: &str, beyond: &str) -> String {
    let mut text = Text::new(Dialect::Postgres, "SELECT setval(");
    text.push(&format!("{sequence}, orm_v.last)::text FROM (SELECT {last}("));
    text.column(meta, column).push(") AS last FROM ").table(meta);
    // A sequence that has made no number yet has none.
    text.push(&format!(
        ") AS orm_v WHERE orm_v.last {beyond} (SELECT coalesce(pg_sequence_last_value(seqrelid), \
         seqstart - seqincrement) FROM pg_sequence WHERE seqrelid = {sequence})"
    ));
    text.finish()
}

/// MariaDB: the greatest number of a column, as a text.
pub(crate) fn greatest(meta: &EntityMeta, column: usize) -> String {
    let mut text = Text::new(Dialect::Mysql, "SELECT CAST(max(");
    text.column(meta, column).push(") AS CHAR) FROM ").table(meta);
    text.finish()
}

/// MariaDB: lets a sequence go on after a number. It does not set it back.
pub(crate) fn set_sequence(meta: &EntityMeta, name: &str, last: i64) -> String {
    let mut text = Text::new(Dialect::Mysql, "SELECT CAST(SETVAL(");
    text.qualified(meta.schema, name).push(&format!(", {last}) AS CHAR)"));
    text.finish()
}

/// SQLite: the same for the counter that stands for a sequence.
pub(crate) fn advance_counter(meta: &EntityMeta, column: usize, name: &str) -> String {
    let greatest = |text: &mut Text| {
        text.push("(SELECT max(").column(meta, column).push(") FROM ").table(meta).push(")");
    };
    let mut text = Text::new(Dialect::Sqlite, "UPDATE ");
    text.qualified(meta.schema, SEQUENCES).push(" SET \"value\" = ");
    greatest(&mut text);
    text.push(" WHERE \"name\" = ").push(&Dialect::Sqlite.text_literal(name));
    text.push(" AND \"value\" < ");
    greatest(&mut text);
    text.finish()
}
