//! The keys that MySQL and MariaDB generate, and MariaDB's sequences.

use crate::backend::Dialect;
use crate::backend::table_name::TableName;

/// Returns the statement that asks whether the keys of the rows of one INSERT can be counted from
/// the first: 1 or 0. They can if the server is MySQL itself or MariaDB, the column is
/// AUTO_INCREMENT, and no trigger intervenes. Servers that are only compatible with its protocol
/// number rows in their own ways.
pub(super) fn counts_on(table: TableName<'_>, column: &str) -> String {
    let literal = |text: &str| Dialect::Mysql.text_literal(text);
    let schema = table.schema.map_or("DATABASE()".to_owned(), literal);
    let table = literal(table.name);
    let column = literal(column);
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

/// Returns the statement that reads the first key that the last INSERT generated, and the distance
/// to the next one. The distance is 0 if the keys cannot be counted, as [`counts_on`] determines.
pub(super) fn first_key(table: TableName<'_>, column: &str) -> String {
    let counts_on = counts_on(table, column);
    format!(
        "SELECT CAST(LAST_INSERT_ID() AS SIGNED), CAST(@@auto_increment_increment AS SIGNED) * ({counts_on})"
    )
}

/// Returns the statement that reads the greatest number of a column, as text.
pub(super) fn greatest(table: TableName<'_>, column: &str) -> String {
    let column = Dialect::Mysql.quoted(column);
    format!("SELECT CAST(max({column}) AS CHAR) FROM {}", table.quoted(Dialect::Mysql))
}

/// Returns the statement that advances a sequence beyond a number. It does not move the sequence
/// back.
pub(super) fn set_sequence(sequence: TableName<'_>, last: i64) -> String {
    format!("SELECT CAST(SETVAL({}, {last}) AS CHAR)", sequence.quoted(Dialect::Mysql))
}
