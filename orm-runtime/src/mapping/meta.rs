//! What the attributes said, as consts that can be inspected at run time.

use diesel::sql_types;

/// Everything the derive knows of an entity.
///
/// ```
/// # use orm_runtime::prelude::*;
/// #[derive(Entity)]
/// #[entity(table = "user_account")]
/// struct User {
///     id: Auto<i64>,
///     #[entity(unique, length = 30)]
///     name: String,
/// }
///
/// let names: Vec<_> = User::META.columns.iter().map(|column| column.name).collect();
/// assert_eq!(User::META.table, "user_account");
/// assert_eq!(names, ["id", "name"]);
/// assert!(User::META.columns[1].unique);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityMeta {
    /// The name of the struct.
    pub name: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// The database schema of the table, where one was given.
    pub schema: Option<&'static str>,
    /// The columns, in the order of the fields.
    pub columns: &'static [ColumnMeta],
    /// The positions of the key's columns.
    pub key: &'static [usize],
    /// Whether the database makes the key.
    pub auto_key: bool,
    /// The position of the version column of optimistic locking.
    pub version: Option<usize>,
}

/// Everything the derive knows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnMeta {
    /// The name of the field.
    pub field: &'static str,
    /// The name of the column.
    pub name: &'static str,
    /// What kind of SQL type the column has.
    pub kind: SqlKind,
    /// Whether the column may be NULL: the field is an `Option`.
    pub nullable: bool,
    /// The most characters a text may have.
    pub length: Option<u32>,
    /// Whether no two rows may have the same value.
    pub unique: bool,
    /// Whether the column has an index of its own.
    pub index: bool,
    /// Whether a query leaves the column out unless asked for it.
    pub deferred: bool,
    /// Deferred columns of one group are loaded together.
    pub group: Option<&'static str>,
    /// Whether the builder fills in a value that is not given.
    pub default: bool,
}

impl ColumnMeta {
    /// A plain column; the derive adds what the attributes say by struct update.
    pub const fn new(field: &'static str, name: &'static str, kind: SqlKind) -> Self {
        ColumnMeta {
            field,
            name,
            kind,
            nullable: false,
            length: None,
            unique: false,
            index: false,
            deferred: false,
            group: None,
            default: false,
        }
    }
}

impl EntityMeta {
    /// The column that belongs to a field.
    pub fn column_of_field(&self, field: &str) -> Option<&'static ColumnMeta> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// The columns of the key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static ColumnMeta> {
        let columns = self.columns;
        self.key.iter().map(move |&position| &columns[position])
    }

    /// The position of the one column whose value the database makes at insert.
    pub fn auto_column(&self) -> Option<usize> {
        self.auto_key.then(|| self.key[0])
    }
}

/// The kinds of SQL types, from which each database's own type name is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqlKind {
    /// 16 bits.
    SmallInt,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInt,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// True or false.
    Bool,
    /// Characters.
    Text,
    /// Bytes.
    Binary,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date and time without a zone.
    Timestamp,
    /// A point in time.
    TimestampTz,
    /// A UUID.
    Uuid,
}

/// The [`SqlKind`] of a Diesel SQL type; `#[entity(sql_type = …)]` takes any type that has one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an SQL type the schema knows",
    note = "`sql_type` takes one of Diesel's types such as `diesel::sql_types::Text`, or one from `orm_runtime::sql_types`"
)]
pub trait HasSqlKind {
    /// What kind of type it is.
    const KIND: SqlKind;
}

macro_rules! kinds {
    ($($ty:ty => $kind:ident),* $(,)?) => {$(
        impl HasSqlKind for $ty {
            const KIND: SqlKind = SqlKind::$kind;
        }
    )*};
}

kinds! {
    sql_types::SmallInt => SmallInt,
    sql_types::Integer => Integer,
    sql_types::BigInt => BigInt,
    sql_types::Float => Float,
    sql_types::Double => Double,
    sql_types::Bool => Bool,
    sql_types::Text => Text,
    sql_types::Binary => Binary,
    sql_types::Date => Date,
    sql_types::Time => Time,
    sql_types::Timestamp => Timestamp,
    crate::sql_types::SmallUnsigned => SmallInt,
    crate::sql_types::MediumUnsigned => Integer,
    crate::sql_types::LargeUnsigned => BigInt,
    crate::sql_types::TimestampUtc => TimestampTz,
    crate::sql_types::Uuid => Uuid,
}

impl<ST: HasSqlKind + sql_types::SqlType> HasSqlKind for sql_types::Nullable<ST> {
    const KIND: SqlKind = ST::KIND;
}
