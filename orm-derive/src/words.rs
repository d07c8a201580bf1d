//! The words of `#[entity(...)]`, each written once.

/// The attribute itself.
pub(crate) const ENTITY: &str = "entity";

// On the struct.
pub(crate) const TABLE: &str = "table";
pub(crate) const SCHEMA: &str = "schema";
pub(crate) const HOOKS: &str = "hooks";

// On a field.
pub(crate) const COLUMN: &str = "column";
pub(crate) const PRIMARY_KEY: &str = "primary_key";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const UNIQUE: &str = "unique";
pub(crate) const INDEX: &str = "index";
pub(crate) const LENGTH: &str = "length";
pub(crate) const VERSION: &str = "version";
pub(crate) const GROUP: &str = "group";
pub(crate) const SKIP: &str = "skip";
pub(crate) const SQL_TYPE: &str = "sql_type";

pub(crate) const ON_STRUCT: &[&str] = &[TABLE, SCHEMA, HOOKS];
pub(crate) const ON_FIELD: &[&str] =
    &[COLUMN, PRIMARY_KEY, DEFAULT, UNIQUE, INDEX, LENGTH, VERSION, GROUP, SKIP, SQL_TYPE];

/// Types that will be relationships.
pub(crate) const RELATIONSHIPS: &[&str] = &["ForeignKey", "HasMany", "HasOne", "ManyToMany"];

/// Names that a column's unit struct can not have, because Diesel's `table!` makes or uses an item
/// of that name beside it.
pub(crate) const TAKEN_BY_DIESEL: &[&str] = &[
    "table",
    "columns",
    "star",
    "q",
    "all_columns",
    "dsl",
    "SqlType",
    "BoxedQuery",
    "diesel",
    "str",
    "usize",
];
