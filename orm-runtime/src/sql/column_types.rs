//! The names of tables, and of column types, as each database writes them.

use crate::backend::{Dialect, NativeEnums};
use crate::mapping::{ColumnMeta, EntityMeta};
use crate::types::{ColumnType, EnumMeta, EnumStorage};

impl Dialect {
    /// Appends the name of an entity's table, with its schema.
    pub(crate) fn push_table(self, sql: &mut String, meta: &EntityMeta) {
        self.push_qualified(sql, meta.schema, meta.table);
    }

    /// Returns the name of a column's type in CREATE TABLE.
    pub(crate) fn type_name(self, column: &ColumnMeta, keyed: bool) -> String {
        if let Some(name) = column.db_type.and_then(|names| names.on(self)) {
            return name.to_owned();
        }
        let types = self.types();
        match (column.kind, column.length) {
            (ColumnType::Text, Some(length)) => format!("VARCHAR({length})"),
            (ColumnType::Text, None) if keyed => types.keyed_text.to_owned(),
            (ColumnType::Binary, _) if keyed => types.keyed_binary.to_owned(),
            (ColumnType::Decimal, _) => (types.decimal)(column.digits),
            (kind, _) => self.kind_name(kind),
        }
    }

    /// Returns the type name of a key that the database generates.
    pub(crate) fn counted_type_name(self, column: &ColumnMeta) -> String {
        if let Some(name) = column.db_type.and_then(|names| names.on(self)) {
            return name.to_owned();
        }
        let types = self.types();
        let name = match (types.counted_key, column.kind) {
            (Some(name), _) => name,
            (None, ColumnType::Integer) => "INTEGER",
            (None, ColumnType::BigUnsigned) => types.big_unsigned,
            (None, _) => "BIGINT",
        };
        name.to_owned()
    }

    /// Returns the name of a type that depends on its kind alone.
    fn kind_name(self, kind: ColumnType) -> String {
        let types = self.types();
        let name = match kind {
            ColumnType::Decimal => return (types.decimal)(None),
            ColumnType::Enum(meta) => return self.enum_type(meta),
            ColumnType::Array(element) => return format!("{}[]", self.kind_name(*element)),
            ColumnType::Range(ColumnType::Integer) => "INT4RANGE",
            ColumnType::Range(ColumnType::BigInt) => "INT8RANGE",
            ColumnType::Range(ColumnType::Date) => "DATERANGE",
            ColumnType::Range(ColumnType::Timestamp) => "TSRANGE",
            ColumnType::Range(ColumnType::TimestampTz) => "TSTZRANGE",
            ColumnType::Range(_) => "NUMRANGE",
            ColumnType::SmallInt => "SMALLINT",
            ColumnType::Integer => "INTEGER",
            ColumnType::BigInt => "BIGINT",
            ColumnType::BigUnsigned => types.big_unsigned,
            ColumnType::Float => types.float,
            ColumnType::Double => types.double,
            ColumnType::Bool => "BOOLEAN",
            ColumnType::Text => types.text,
            ColumnType::Binary => types.binary,
            ColumnType::Date => "DATE",
            ColumnType::Time => types.time,
            ColumnType::Timestamp => types.timestamp,
            ColumnType::TimestampTz => types.instant,
            ColumnType::Uuid => types.uuid,
            ColumnType::Json => types.json,
        };
        name.to_owned()
    }

    fn enum_type(self, meta: &EnumMeta) -> String {
        let types = self.types();
        match (meta.storage, types.native_enums) {
            (EnumStorage::Native, NativeEnums::Types) => self.quoted(meta.type_name),
            (EnumStorage::Native, NativeEnums::Lists) => {
                let codes: Vec<_> = meta.codes().map(|code| self.literal(code)).collect();
                format!("ENUM({})", codes.join(", "))
            }
            (EnumStorage::Native, NativeEnums::No) => types.text.to_owned(),
            (EnumStorage::Text(length), _) => format!("VARCHAR({length})"),
            (EnumStorage::SmallInt, _) => "SMALLINT".to_owned(),
            (EnumStorage::Integer, _) => "INTEGER".to_owned(),
        }
    }
}
