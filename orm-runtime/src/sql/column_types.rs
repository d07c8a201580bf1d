//! The names of tables, and of the types of columns, as each database writes them.

use crate::backend::Dialect;
use crate::mapping::{ColumnMeta, EntityMeta};
use crate::types::{EnumMeta, EnumStorage, SqlKind};

impl Dialect {
    /// Appends the name of an entity's table, with its schema.
    pub(crate) fn push_table(self, sql: &mut String, meta: &EntityMeta) {
        self.push_qualified(sql, meta.schema, meta.table);
    }

    /// The name of a column's type in CREATE TABLE.
    pub(crate) fn type_name(self, column: &ColumnMeta, keyed: bool) -> String {
        if let Some(name) = column.db_type.and_then(|names| names.on(self)) {
            return name.to_owned();
        }
        match column.kind {
            SqlKind::Text => self.text_type(column.length, keyed),
            SqlKind::Decimal => self.decimal_type(column.digits),
            SqlKind::Binary if keyed && self == Dialect::Mysql => "VARBINARY(255)".to_owned(),
            kind => self.kind_name(kind),
        }
    }

    /// The name of a type that needs no more than its kind.
    fn kind_name(self, kind: SqlKind) -> String {
        let name = match (kind, self) {
            (SqlKind::Text, _) => return self.text_type(None, false),
            (SqlKind::Decimal, _) => return self.decimal_type(None),
            (SqlKind::Enum(meta), _) => return self.enum_type(meta),
            (SqlKind::Array(element), _) => return format!("{}[]", self.kind_name(*element)),
            (SqlKind::Range(SqlKind::Integer), _) => "INT4RANGE",
            (SqlKind::Range(SqlKind::BigInt), _) => "INT8RANGE",
            (SqlKind::Range(SqlKind::Date), _) => "DATERANGE",
            (SqlKind::Range(SqlKind::Timestamp), _) => "TSRANGE",
            (SqlKind::Range(SqlKind::TimestampTz), _) => "TSTZRANGE",
            (SqlKind::Range(_), _) => "NUMRANGE",
            (SqlKind::SmallInt, _) => "SMALLINT",
            (SqlKind::Integer, _) => "INTEGER",
            (SqlKind::BigUnsigned, Dialect::Mysql) => "BIGINT UNSIGNED",
            (SqlKind::BigInt | SqlKind::BigUnsigned, _) => "BIGINT",
            (SqlKind::Float, Dialect::Mysql) => "FLOAT",
            (SqlKind::Float, _) => "REAL",
            (SqlKind::Double, Dialect::Mysql) => "DOUBLE",
            (SqlKind::Double, _) => "DOUBLE PRECISION",
            (SqlKind::Bool, _) => "BOOLEAN",
            (SqlKind::Binary, Dialect::Postgres) => "BYTEA",
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
            (SqlKind::Json, Dialect::Postgres) => "JSONB",
            (SqlKind::Json, Dialect::Mysql) => "JSON",
            (SqlKind::Json, Dialect::Sqlite) => "TEXT",
        };
        name.to_owned()
    }

    /// Without digits: any decimal. MySQL wants a number of digits, and gets room for each that
    /// `rust_decimal` can hold. SQLite gets a text that is compared as a number.
    fn decimal_type(self, digits: Option<(u32, u32)>) -> String {
        let digits = digits.or((self == Dialect::Mysql).then_some((57, 28)));
        let digits = digits.map_or(String::new(), |(all, behind)| format!("({all}, {behind})"));
        match self {
            Dialect::Sqlite => format!("DECIMAL_TEXT{digits} COLLATE decimal"),
            Dialect::Postgres => format!("NUMERIC{digits}"),
            Dialect::Mysql => format!("DECIMAL{digits}"),
        }
    }

    fn enum_type(self, meta: &EnumMeta) -> String {
        match (meta.storage, self) {
            (EnumStorage::Native, Dialect::Postgres) => {
                let mut name = String::new();
                self.push_name(&mut name, meta.type_name);
                name
            }
            (EnumStorage::Native, Dialect::Mysql) => {
                let codes: Vec<_> = meta.codes().map(|code| self.literal(code)).collect();
                format!("ENUM({})", codes.join(", "))
            }
            (EnumStorage::Native, Dialect::Sqlite) => "TEXT".to_owned(),
            (EnumStorage::Text(length), _) => format!("VARCHAR({length})"),
            (EnumStorage::SmallInt, _) => "SMALLINT".to_owned(),
            (EnumStorage::Integer, _) => "INTEGER".to_owned(),
        }
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
