//! The keys that PostgreSQL generates, and its sequences.

use crate::backend::Dialect;
use crate::backend::known_keys::KeySequence;
use crate::backend::table_name::TableName;

/// A trigger that may change a new row before it is written: BEFORE (2), for each ROW (1), INSERT
/// (4).
const CHANGES_ROWS: &str = "SELECT 1 FROM pg_trigger WHERE tgtype & 7 = 7 AND tgenabled <> 'D'";

/// PostgreSQL's own triggers, which fill other columns.
const LEAVES_KEYS: &str = "tgfoid IN (SELECT oid FROM pg_proc WHERE proname LIKE \
                           'tsvector_update_trigger%' AND pronamespace = 'pg_catalog'::regnamespace)";

/// Returns the condition that the keys of the rows of one INSERT ascend in the order of the rows:
/// they come from a sequence of the table that ascends and does not cycle, and no trigger or rule
/// intervenes. It is false for some tables whose keys do ascend, but it is cheap to check, once for
/// each statement that contains it.
pub(super) fn ascend(table: TableName<'_>, column: &str) -> String {
    let quoted = literal(&table.quoted(Dialect::Postgres));
    let table = format!("{quoted}::regclass");
    let column = literal(column);
    let sequence = format!("pg_get_serial_sequence({quoted}, {column})::regclass");
    format!(
        "(SELECT relkind = 'r' AND NOT relhasrules FROM pg_class WHERE oid = {table}) AND NOT EXISTS \
         ({CHANGES_ROWS} AND tgrelid = {table}) AND (SELECT seqincrement > 0 AND NOT \
         seqcycle FROM pg_sequence WHERE seqrelid = {sequence}) AND (SELECT attidentity <> '' OR \
         (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = \
         attnum) = format('nextval(%L::regclass)', {sequence}) FROM pg_attribute WHERE attrelid = \
         {table} AND attname = {column})"
    )
}

/// Returns the statement that queries the catalogue about the key of a table. It returns one row of
/// strings: whether a trigger, a rule or a foreign table may give a row a key other than its
/// default; whether the column is an identity; its default; whether the default is the next number
/// of one sequence that does not cycle; whether the sequence descends.
pub(super) fn facts(table: TableName<'_>, column: &str) -> String {
    let table = regclass(table);
    let column = literal(column);
    // A partitioned table has the triggers of its partitions.
    format!(
        "SELECT (c.relkind NOT IN ('r', 'p') OR EXISTS (SELECT 1 FROM pg_rewrite WHERE ev_class = \
         c.oid AND ev_type = '3') OR EXISTS ({CHANGES_ROWS} AND NOT {LEAVES_KEYS} AND tgrelid = c.oid) OR EXISTS \
         (SELECT 1 FROM pg_partition_tree(c.oid) p JOIN pg_class k ON k.oid = p.relid WHERE \
         k.relkind NOT IN ('r', 'p') OR EXISTS ({CHANGES_ROWS} AND NOT {LEAVES_KEYS} AND tgrelid = k.oid)))::text, \
         (a.attidentity <> '')::text, CASE WHEN a.attidentity <> '' THEN f.next ELSE \
         pg_get_expr(d.adbin, d.adrelid) END, (NOT s.seqcycle AND (a.attidentity <> '' OR \
         pg_get_expr(d.adbin, d.adrelid) = f.next))::text, (s.seqincrement < 0)::text FROM pg_class c \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = {column} LEFT JOIN pg_attrdef d ON \
         d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_sequence s ON s.seqrelid = CASE WHEN \
         a.attidentity <> '' THEN (SELECT min(objid) FROM pg_depend WHERE refclassid = \
         'pg_class'::regclass AND refobjid = c.oid AND refobjsubid = a.attnum AND classid = \
         'pg_class'::regclass AND deptype = 'i') ELSE (SELECT min(refobjid) FROM pg_depend WHERE \
         classid = 'pg_attrdef'::regclass AND objid = d.oid AND refclassid = 'pg_class'::regclass AND \
         deptype = 'n') END, LATERAL (SELECT format('nextval(%L::regclass)', s.seqrelid::regclass) \
         AS next) f WHERE c.oid = {table}"
    )
}

/// Returns the statement that generates this many values of the default of a key.
pub(super) fn values_of_default(default: &str, rows: usize) -> String {
    format!("SELECT ({default})::bigint FROM generate_series(1, {rows})")
}

/// Returns the statement that advances the sequence of a key beyond the greatest key, unless it is
/// already beyond it.
pub(super) fn advance_key(table: TableName<'_>, column: &str, sequence: &KeySequence) -> String {
    let (last, beyond) = if sequence.descends { ("min", "<") } else { ("max", ">") };
    set_val(table, column, &sequence.name, last, beyond)
}

/// Returns the same statement for a sequence that is known by name.
pub(super) fn advance_sequence(
    table: TableName<'_>,
    column: &str,
    sequence: TableName<'_>,
) -> String {
    set_val(table, column, &regclass(sequence), "max", ">")
}

/// Returns the statement. A sequence that has not generated a number yet has no last value.
fn set_val(table: TableName<'_>, column: &str, sequence: &str, last: &str, beyond: &str) -> String {
    let column = Dialect::Postgres.quoted(column);
    let table = table.quoted(Dialect::Postgres);
    format!(
        "SELECT setval({sequence}, orm_v.last)::text FROM (SELECT {last}({column}) AS last FROM \
         {table}) AS orm_v WHERE orm_v.last {beyond} (SELECT coalesce(pg_sequence_last_value(seqrelid), \
         seqstart - seqincrement) FROM pg_sequence WHERE seqrelid = {sequence})"
    )
}

fn regclass(name: TableName<'_>) -> String {
    format!("{}::regclass", literal(&name.quoted(Dialect::Postgres)))
}

fn literal(text: &str) -> String {
    Dialect::Postgres.text_literal(text)
}
