//! The keys that SQLite generates, and the counters that replace sequences.

use crate::backend::Dialect;
use crate::backend::table_name::TableName;

/// The table of the counters.
pub(crate) const SEQUENCES: &str = "orm_sequence";

/// Returns the statement that asks whether the keys of the rows of one INSERT can be counted back
/// from the last: 1 or 0. They can if the key is the rowid, no trigger inserts rows in between, and
/// unused numbers remain.
pub(super) fn counts_on(table: TableName<'_>, column: &str) -> String {
    let (from, quoted) = (table.quoted(Dialect::Sqlite), Dialect::Sqlite.quoted(column));
    let table = Dialect::Sqlite.text_literal(table.name);
    let column = Dialect::Sqlite.text_literal(column);
    format!(
        "SELECT (SELECT coalesce(max({quoted}), 0) < 9000000000000000000 FROM {from}) AND NOT EXISTS (SELECT 1 FROM (SELECT tbl_name, type FROM sqlite_master UNION ALL \
         SELECT tbl_name, type FROM sqlite_temp_master) WHERE type = 'trigger' AND tbl_name = \
         {table} COLLATE NOCASE) AND EXISTS (SELECT 1 FROM pragma_table_info({table}) WHERE \
         name = {column} COLLATE NOCASE AND upper(type) = 'INTEGER' AND pk = 1) AND NOT EXISTS \
         (SELECT 1 FROM pragma_index_list({table}) WHERE origin = 'pk')"
    )
}

/// Returns the statement that advances the counter of a sequence beyond the greatest number of a
/// column.
pub(super) fn advance_counter(table: TableName<'_>, column: &str, sequence: &str) -> String {
    let counters = TableName { schema: table.schema, name: SEQUENCES }.quoted(Dialect::Sqlite);
    let column = Dialect::Sqlite.quoted(column);
    let greatest = format!("(SELECT max({column}) FROM {})", table.quoted(Dialect::Sqlite));
    let sequence = Dialect::Sqlite.text_literal(sequence);
    format!(
        "UPDATE {counters} SET \"value\" = {greatest} WHERE \"name\" = {sequence} AND \"value\" < \
         {greatest}"
    )
}
