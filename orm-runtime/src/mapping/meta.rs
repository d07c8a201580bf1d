//! What the attributes said, as consts that can be inspected at run time.

use diesel::sql_types;

use super::{
    CheckMeta, Entity, ForeignKeyMeta, HierarchyMeta, IndexMeta, RelationshipMeta, ViewMeta,
};
use crate::map::EntityType;

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
#[derive(Debug, Clone, Copy)]
pub struct EntityMeta {
    /// The name of the struct.
    pub name: &'static str,
    /// The name of the module beside it, which holds its columns.
    pub module: &'static str,
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
    /// The position of the column that says when a row was deleted, where rows are kept.
    pub soft_delete: Option<usize>,
    /// The indexes over several columns, and those with a condition.
    pub indexes: &'static [IndexMeta],
    /// The conditions every row fulfils.
    pub checks: &'static [CheckMeta],
    /// The references to other tables.
    pub foreign_keys: &'static [ForeignKeyMeta],
    /// The references and collections that are fields, in the order of the fields.
    pub relationships: &'static [RelationshipMeta],
    /// What the database keeps as the table's comment.
    pub comment: Option<&'static str>,
    /// Whether the rows are those of a view, which are only read, and what it selects.
    pub view: Option<ViewMeta>,
    /// Whether rows are inserted without RETURNING, which PostgreSQL refuses where a rule is.
    pub no_returning: bool,
    /// The hierarchy it belongs to, where it is a kind, a base or the enum of the kinds.
    pub hierarchy: Option<&'static HierarchyMeta>,
    /// Its level in the hierarchy: for the enum that of the base.
    pub level: usize,
    /// The entity itself, for code that has only its metadata.
    #[doc(hidden)]
    pub entity: EntityType,
}

/// Everything the derive knows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnMeta {
    /// The name of the field; inside a value object with the way to it, as in `address.street`.
    pub field: &'static str,
    /// The name of the column.
    pub name: &'static str,
    /// What kind of SQL type the column has.
    pub kind: SqlKind,
    /// Whether the column may be NULL: the field is an `Option`.
    pub nullable: bool,
    /// The most characters a text may have.
    pub length: Option<u32>,
    /// The most digits of a decimal, and how many of them are behind the point.
    pub digits: Option<(u32, u32)>,
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
    /// How the database makes the value, where it does.
    pub generated: Option<GeneratedBy>,
    /// Whether the value is read after an INSERT, since the database has made it.
    pub read_back: bool,
    /// Whether it holds the time of the INSERT, which stays.
    pub created_at: bool,
    /// Whether the database sets the value in an UPDATE as well, so that it is read after one.
    pub on_update: bool,
    /// What the database keeps as the column's comment.
    pub comment: Option<&'static str>,
}

/// How the database makes the value of a column. Expressions are SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneratedBy {
    /// By an expression, when an INSERT gives no value.
    Default(&'static str),
    /// By an expression over other columns, always.
    Computed(&'static str),
    /// By the sequence of this name, when an INSERT gives no value.
    Sequence(&'static str),
}

/// What `#[derive(DbEnum)]` says about an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumMeta {
    /// The name of the enum in the program.
    pub name: &'static str,
    /// The name of its type on PostgreSQL.
    pub type_name: &'static str,
    /// How the code is stored.
    pub storage: EnumStorage,
    /// The variants, as they are written.
    pub variants: &'static [VariantMeta],
}

/// How the codes of an enum are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnumStorage {
    /// The database's own enumeration where it has one (PostgreSQL, MySQL), else text with a CHECK.
    Native,
    /// Text of at most so many characters, with a CHECK.
    Text(u32),
    /// An integer of 16 bits, with a CHECK.
    SmallInt,
    /// An integer of 32 bits, with a CHECK.
    Integer,
}

/// What `#[derive(DbEnum)]` says about a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantMeta {
    /// The name of the variant in the program.
    pub name: &'static str,
    /// What is stored.
    pub code: Code,
    /// What people read.
    pub label: &'static str,
    /// Codes that rows from before may have; they are read, and never written.
    pub aliases: &'static [Code],
}

/// What is stored for a variant of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A text, or a single character.
    Text(&'static str),
    /// An integer.
    Integer(i32),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Code::Text(code) => f.write_str(code),
            Code::Integer(code) => write!(f, "{code}"),
        }
    }
}

impl EnumMeta {
    /// All codes that a row may hold: those of the variants in order, then the aliases.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let variants = self.variants;
        let aliases = variants.iter().flat_map(|variant| variant.aliases);
        variants.iter().map(|variant| variant.code).chain(aliases.copied())
    }
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
            digits: None,
            unique: false,
            index: false,
            deferred: false,
            group: None,
            default: false,
            generated: None,
            read_back: false,
            created_at: false,
            on_update: false,
            comment: None,
        }
    }
}

impl EntityMeta {
    /// An entity without columns; the derive adds what the attributes say by struct update.
    pub const fn new<T: Entity>(
        name: &'static str,
        module: &'static str,
        table: &'static str,
    ) -> Self {
        EntityMeta {
            name,
            module,
            table,
            schema: None,
            columns: &[],
            key: &[],
            auto_key: false,
            version: None,
            soft_delete: None,
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            relationships: &[],
            comment: None,
            view: None,
            no_returning: false,
            hierarchy: None,
            level: 0,
            entity: EntityType::of::<T>(),
        }
    }

    /// The column that belongs to a field.
    pub fn column_of_field(&self, field: &str) -> Option<&'static ColumnMeta> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// The columns of the key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static ColumnMeta> {
        let columns = self.columns;
        self.key.iter().map(move |&position| &columns[position])
    }

    /// The same entity for statements that leave the version of a row alone.
    pub(crate) fn unversioned(&self) -> Self {
        EntityMeta { version: None, ..*self }
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
    /// An exact decimal number.
    Decimal,
    /// A document.
    Json,
    /// One of the codes of an enum.
    Enum(&'static EnumMeta),
    /// PostgreSQL's array of another kind.
    Array(&'static SqlKind),
    /// PostgreSQL's range over another kind.
    Range(&'static SqlKind),
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
    crate::sql_types::CivilDate => Date,
    crate::sql_types::CivilTime => Time,
    crate::sql_types::CivilDateTime => Timestamp,
    crate::sql_types::Uuid => Uuid,
    crate::sql_types::Json => Json,
    crate::sql_types::ExactDecimal => Decimal,
}

#[cfg(feature = "postgres")]
kinds! {
    sql_types::Timestamptz => TimestampTz,
}

#[cfg(feature = "postgres")]
impl<ST: HasSqlKind> HasSqlKind for sql_types::Array<ST> {
    const KIND: SqlKind = SqlKind::Array(&ST::KIND);
}

#[cfg(feature = "postgres")]
impl<ST: HasSqlKind> HasSqlKind for sql_types::Range<ST> {
    const KIND: SqlKind = SqlKind::Range(&ST::KIND);
}

impl<ST: HasSqlKind + sql_types::SqlType> HasSqlKind for sql_types::Nullable<ST> {
    const KIND: SqlKind = ST::KIND;
}
