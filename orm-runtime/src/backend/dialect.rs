//! How each database writes its SQL.

use crate::mapping::{ColumnMeta, EntityMeta, SqlKind};

/// The SQL of one of the three databases. Needs no connection and no feature: the text of a schema
/// or of a plan can be made for any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite 3.35 or newer.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl Dialect {
    /// Appends a name in quotes, so that any name works: a reserved word, one with a quote in it.
    pub(crate) fn push_name(self, sql: &mut String, name: &str) {
        let quote = match self {
            Dialect::Mysql => '`',
            Dialect::Sqlite | Dialect::Postgres => '"',
        };
        sql.push(quote);
        for c in name.chars() {
            if c == quote {
                sql.push(quote);
            }
            sql.push(c);
        }
        sql.push(quote);
    }

    /// Appends the name of an entity's table, with its schema.
    pub(crate) fn push_table(self, sql: &mut String, meta: &EntityMeta) {
        if let Some(schema) = meta.schema {
            self.push_name(sql, schema);
            sql.push('.');
        }
        self.push_name(sql, meta.table);
    }

    /// Appends the placeholder of the `n`-th value, counted from 1.
    pub(crate) fn push_placeholder(self, sql: &mut String, n: usize) {
        match self {
            Dialect::Postgres => {
                sql.push('$');
                sql.push_str(&n.to_string());
            }
            Dialect::Sqlite | Dialect::Mysql => sql.push('?'),
        }
    }

    /// The most values one statement can bind, as the databases' protocols have it.
    pub(crate) fn max_binds(self) -> usize {
        match self {
            Dialect::Sqlite => 32_766,
            Dialect::Postgres | Dialect::Mysql => 65_535,
        }
    }

    /// The name of a column's type in CREATE TABLE.
    pub(crate) fn type_name(self, column: &ColumnMeta, keyed: bool) -> String {
        let name = match (column.kind, self) {
            (SqlKind::Text, _) => return self.text_type(column.length, keyed),
            (SqlKind::SmallInt, _) => "SMALLINT",
            (SqlKind::Integer, _) => "INTEGER",
            (SqlKind::BigInt, _) => "BIGINT",
            (SqlKind::Float, Dialect::Mysql) => "FLOAT",
            (SqlKind::Float, _) => "REAL",
            (SqlKind::Double, Dialect::Mysql) => "DOUBLE",
            (SqlKind::Double, _) => "DOUBLE PRECISION",
            (SqlKind::Bool, _) => "BOOLEAN",
            (SqlKind::Binary, Dialect::Postgres) => "BYTEA",
            (SqlKind::Binary, Dialect::Mysql) if keyed => "VARBINARY(255)",
            (SqlKind::Binary, Dialect::Mysql) => "LONGBLOB",
            (SqlKind::Binary, Dialect::Sqlite) => "BLOB",
            (SqlKind::Date, _) => "DATE",
            (SqlKind::Time, Dialect::Mysql) => "TIME(6)",
            (SqlKind::Time, _) => "TIME",
            (SqlKind::Timestamp | SqlKind::TimestampTz, Dialect::Mysql) => "DATETIME(6)",
            (SqlKind::TimestampTz, Dialect::Postgres) => "TIMESTAMPTZ",
            (SqlKind::Timestamp | SqlKind::TimestampTz, _) => "TIMESTAMP",
            (SqlKind::Uuid, Dialect::Postgres) => "UUID",
            (SqlKind::Uuid, Dialect::Mysql) => "CHAR(36)",
            (SqlKind::Uuid, Dialect::Sqlite) => "TEXT",
        };
        name.to_owned()
    }

    fn text_type(self, length: Option<u32>, keyed: bool) -> String {
        match (length, self) {
            (Some(length), _) => format!("VARCHAR({length})"),
            // MySQL has no index on a text without a length.
            (None, Dialect::Mysql) if keyed => "VARCHAR(255)".to_owned(),
            (None, Dialect::Mysql) => "LONGTEXT".to_owned(),
            (None, _) => "TEXT".to_owned(),
        }
    }
}
