//! In which order the database numbers new rows, as its catalogue says.

use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::EntityMeta;

/// A trigger that may change a new row before it is written: BEFORE (2), for each ROW (1), INSERT (4).
const CHANGES_ROWS: &str = "SELECT 1 FROM pg_trigger WHERE tgtype & 7 = 7 AND tgenabled <> 'D'";

/// Triggers of PostgreSQL's own, which fill other columns.
const LEAVES_KEYS: &str = "tgfoid IN (SELECT oid FROM pg_proc WHERE proname LIKE \
                           'tsvector_update_trigger%' AND pronamespace = 'pg_catalog'::regnamespace)";

/// The condition, for PostgreSQL, that the keys of the rows of one INSERT ascend in the order of the
/// rows: they come from a sequence of the table's own that ascends and does not begin again, and no
/// trigger or rule comes in between. It does not hold for all tables of which this is true, but it is
/// quickly found out: once for each statement that has it.
pub(super) fn keys_ascend(text: &mut Text, meta: &EntityMeta, key: usize) {
    let quoted = quoted(meta);
    let literal = |text: &str| Dialect::Postgres.text_literal(text);
    let table = format!("{}::regclass", literal(&quoted));
    let column = literal(meta.columns[key].name);
    let sequence = format!("pg_get_serial_sequence({}, {column})::regclass", literal(&quoted));
    text.push(&format!(
        "(SELECT relkind = 'r' AND NOT relhasrules FROM pg_class WHERE oid = {table}) AND NOT EXISTS \
         ({CHANGES_ROWS} AND tgrelid = {table}) AND (SELECT seqincrement > 0 AND NOT \
         seqcycle FROM pg_sequence WHERE seqrelid = {sequence}) AND (SELECT attidentity <> '' OR \
         (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = \
         attnum) = format('nextval(%L::regclass)', {sequence}) FROM pg_attribute WHERE attrelid = \
         {table} AND attname = {column})"
    ));
}

/// What PostgreSQL's catalogue says about the key of a table. One row of texts: whether a trigger, a
/// rule or a foreign table may give a row another key than its default; whether the column is an
/// identity; its default; whether that is the next number of one sequence that does not begin again;
/// whether this descends.
pub(crate) fn postgres_key_facts(meta: &EntityMeta, key: usize) -> String {
    let table = format!("{}::regclass", Dialect::Postgres.text_literal(&quoted(meta)));
    let column = Dialect::Postgres.text_literal(meta.columns[key].name);
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

/// So many values of the default of a key.
pub(crate) fn values_of_default(default: &str, rows: usize) -> String {
    format!("SELECT ({default})::bigint FROM generate_series(1, {rows})")
}

/// Asks MySQL whether the keys of the rows of one INSERT can be counted on from the first: 1 or 0.
/// They can where the server is MySQL itself or MariaDB, the column is AUTO_INCREMENT, and no trigger
/// comes in between. Servers that only speak its language number rows in their own ways.
pub(crate) fn mysql_counts_on(meta: &EntityMeta, key: usize) -> String {
    let literal = |text: &str| Dialect::Mysql.text_literal(text);
    let schema = meta.schema.map_or("DATABASE()".to_owned(), literal);
    let table = literal(meta.table);
    let column = literal(meta.columns[key].name);
    format!(
        "SELECT CAST((VERSION() LIKE '%MariaDB%' OR VERSION() NOT REGEXP '-(tidb|vitess|oceanbase)' \
         AND (@@version_comment LIKE '%MySQL%' OR @@version_comment LIKE '%Percona%' OR \
         @@version_comment IN ('Source distribution', '(Ubuntu)', '(Debian)'))) AND EXISTS (SELECT 1 \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {table} AND \
         COLUMN_NAME = {column} AND EXTRA LIKE '%auto_increment%') AND NOT EXISTS (SELECT 1 FROM \
         information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {schema} AND EVENT_OBJECT_TABLE = \
         {table} AND ACTION_TIMING = 'BEFORE' AND EVENT_MANIPULATION = 'INSERT') AS SIGNED)"
    )
}

/// Reads the first key that the last INSERT of MySQL made, and the distance to the next one. That is 0
/// where the keys cannot be counted on, as [`mysql_counts_on`] says.
pub(crate) fn mysql_first_key(meta: &EntityMeta, key: usize) -> String {
    let counts_on = mysql_counts_on(meta, key);
    format!(
        "SELECT CAST(LAST_INSERT_ID() AS SIGNED), CAST(@@auto_increment_increment AS SIGNED) * ({counts_on})"
    )
}

/// Asks SQLite whether the keys of the rows of one INSERT can be counted back from the last: 1 or 0.
/// They can if the key is the number of the row, no trigger inserts in between, and there are numbers
/// left.
pub(crate) fn sqlite_counts_on(meta: &EntityMeta, key: usize) -> String {
    let table = Dialect::Sqlite.text_literal(meta.table);
    let column = Dialect::Sqlite.text_literal(meta.columns[key].name);
    let mut sql = Text::new(Dialect::Sqlite, "SELECT (SELECT coalesce(max(");
    sql.column(meta, key).push("), 0) < 9000000000000000000 FROM ").table(meta);
    sql.push(&format!(
        ") AND NOT EXISTS (SELECT 1 FROM (SELECT tbl_name, type FROM sqlite_master UNION ALL \
         SELECT tbl_name, type FROM sqlite_temp_master) WHERE type = 'trigger' AND tbl_name = \
         {table} COLLATE NOCASE) AND EXISTS (SELECT 1 FROM pragma_table_info({table}) WHERE \
         name = {column} COLLATE NOCASE AND upper(type) = 'INTEGER' AND pk = 1) AND NOT EXISTS \
         (SELECT 1 FROM pragma_index_list({table}) WHERE origin = 'pk')"
    ));
    sql.finish()
}

fn quoted(meta: &EntityMeta) -> String {
    let mut quoted = String::new();
    Dialect::Postgres.push_table(&mut quoted, meta);
    quoted
}
