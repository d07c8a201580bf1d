//! The names of tables, and of the types of columns, as each database writes them.

use crate::backend::Dialect;
use crate::mapping::{ColumnMeta, EntityMeta};
use crate::types::{ColumnType, EnumMeta, EnumStorage};

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
            ColumnType::Text => self.text_type(column.length, keyed),
            ColumnType::Decimal => self.decimal_type(column.digits),
            ColumnType::Binary if keyed && self == Dialect::Mysql => "VARBINARY(255)".to_owned(),
            kind => self.kind_name(kind),
        }
    }

    /// The name of a type that needs no more than its kind.
    fn kind_name(self, kind: ColumnType) -> String {
        let name = match (kind, self) {
            (ColumnType::Text, _) => return self.text_type(None, false),
            (ColumnType::Decimal, _) => return self.decimal_type(None),
            (ColumnType::Enum(meta), _) => return self.enum_type(meta),
            (ColumnType::Array(element), _) => return format!("{}[]", self.kind_name(*element)),
            (ColumnType::Range(ColumnType::Integer), _) => "INT4RANGE",
            (ColumnType::Range(ColumnType::BigInt), _) => "INT8RANGE",
            (ColumnType::Range(ColumnType::Date), _) => "DATERANGE",
            (ColumnType::Range(ColumnType::Timestamp), _) => "TSRANGE",
            (ColumnType::Range(ColumnType::TimestampTz), _) => "TSTZRANGE",
            (ColumnType::Range(_), _) => "NUMRANGE",
            (ColumnType::SmallInt, _) => "SMALLINT",
            (ColumnType::Integer, _) => "INTEGER",
            (ColumnType::BigUnsigned, Dialect::Mysql) => "BIGINT UNSIGNED",
            (ColumnType::BigInt | ColumnType::BigUnsigned, _) => "BIGINT",
            (ColumnType::Float, Dialect::Mysql) => "FLOAT",
            (ColumnType::Float, _) => "REAL",
            (ColumnType::Double, Dialect::Mysql) => "DOUBLE",
            (ColumnType::Double, _) => "DOUBLE PRECISION",
            (ColumnType::Bool, _) => "BOOLEAN",
            (ColumnType::Binary, Dialect::Postgres) => "BYTEA",
            (ColumnType::Binary, Dialect::Mysql) => "LONGBLOB",
            (ColumnType::Binary, Dialect::Sqlite) => "BLOB",
            (ColumnType::Date, _) => "DATE",
            (ColumnType::Time, Dialect::Mysql) => "TIME(6)",
            (ColumnType::Time, _) => "TIME",
            (ColumnType::Timestamp | ColumnType::TimestampTz, Dialect::Mysql) => "DATETIME(6)",
            (ColumnType::TimestampTz, Dialect::Postgres) => "TIMESTAMPTZ",
            (ColumnType::Timestamp | ColumnType::TimestampTz, _) => "TIMESTAMP",
            (ColumnType::Uuid, Dialect::Postgres) => "UUID",
            (ColumnType::Uuid, Dialect::Mysql) => "CHAR(36)",
            (ColumnType::Uuid, Dialect::Sqlite) => "TEXT",
            (ColumnType::Json, Dialect::Postgres) => "JSONB",
            (ColumnType::Json, Dialect::Mysql) => "JSON",
            (ColumnType::Json, Dialect::Sqlite) => "TEXT",
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
