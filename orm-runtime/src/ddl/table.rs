//! The contents of a database: tables with everything that belongs to them. The mapping is
//! converted to this form for one database ([`wanted`](super::wanted)), and so is the catalogue of
//! the database (the room `schema`), so that both can be compared.

use crate::backend::{Dialect, TableName, clipped};

/// Tables, and the objects next to them.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) tables: Vec<Table>,
    /// PostgreSQL's enumerations.
    pub(crate) types: Vec<EnumType>,
    /// The sequences, by name.
    pub(crate) sequences: Vec<SequenceName>,
    /// Whether a MySQL server is MariaDB.
    pub(crate) is_mariadb: bool,
}

/// A table with everything that belongs to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    /// The entity, in the mapping.
    pub(crate) entity: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: Vec<String>,
    /// The database's name for the constraint of the key.
    pub(crate) key_name: Option<String>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) comment: Option<String>,
    /// How MySQL compares text in the table; in the mapping, if it differs from the default of new
    /// databases.
    pub(crate) collation: Option<String>,
    /// Present if it is a view; in the mapping with its query, if one is given.
    pub(crate) view: Option<View>,
    /// The SQLite text that created it.
    pub(crate) sql: Option<String>,
    /// The text of SQLite's triggers, by name.
    pub(crate) triggers: Vec<(String, String)>,
}

/// A table of another query's rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    pub(crate) query: Option<&'static str>,
}

/// A column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The entity and its field, in the mapping.
    pub(crate) entity: &'static str,
    pub(crate) field: Option<&'static str>,
    /// The type as written in CREATE TABLE.
    pub(crate) sql_type: String,
    /// The mapping names the type directly.
    pub(crate) named_type: bool,
    pub(crate) nullable: bool,
    /// Its values are points in time, stored as text in one format.
    pub(crate) instant: bool,
    /// The database generates its values as an identity.
    pub(crate) identity: bool,
    pub(crate) generated: Option<Generated>,
    pub(crate) comment: Option<String>,
    /// How it compares text, if it differs from its table or database.
    pub(crate) collation: Option<String>,
    /// On MySQL: the collation, however the table compares text.
    pub(crate) own_collation: Option<String>,
    /// What PostgreSQL drops when a column changes its type, as written after ALTER COLUMN.
    pub(crate) settings: Vec<String>,
    /// Whether PostgreSQL has privileges for this column alone.
    pub(crate) granted: bool,
}

/// How the database generates a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Generated {
    Default(String),
    Computed { expression: String, stored: bool },
    Sequence(SequenceName),
}

/// A sequence, with the schema of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// An index, or a unique constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) name: String,
    /// The columns in order, with options of their order; an expression is kept as written.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<String>,
    /// Whether a constraint of the table created it, so that it can be dropped only with the
    /// constraint.
    pub(crate) constraint: bool,
    /// Whether one row with NULL excludes others with NULL.
    pub(crate) nulls_not_distinct: bool,
    /// The text with which SQLite created it, or with which PostgreSQL would create it again.
    pub(crate) sql: Option<String>,
}

/// A condition that every row satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) condition: String,
    /// The codes of an enum, if the mapping generated the condition from them.
    pub(crate) codes: Option<Vec<String>>,
    /// The position of its column, if it concerns a single one.
    pub(crate) column: Option<usize>,
}

/// A reference to the key of another table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The field and the referenced entity, in the mapping.
    pub(crate) field: Option<&'static str>,
    pub(crate) entity: &'static str,
    pub(crate) target: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    /// Whether the check is deferrable, and if so, whether it is deferred to the end of a
    /// transaction by default.
    pub(crate) deferrable: Option<bool>,
    /// Whether the referenced key is one that the database generates, which never changes; in the
    /// mapping.
    pub(crate) to_counted: bool,
    /// Whether the database has a constraint for it; in the mapping a reference may exist without
    /// one.
    pub(crate) constraint: bool,
    /// MySQL has created an index of the same name for it.
    pub(crate) brought_index: bool,
    /// It points from the row of a subtype to the row of its base, in the mapping.
    pub(crate) of_kind: bool,
}

/// What happens to referencing rows when the key of a row changes or the row is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Action {
    /// Nothing, so that the database refuses it, at the end of the statement or before.
    #[default]
    Refuse,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// Returns the text that follows ON DELETE. The default is to refuse at the end of the
    /// statement, so that one statement can delete rows that reference each other.
    pub(crate) fn sql(self) -> Option<&'static str> {
        match self {
            Action::Refuse => None,
            Action::Cascade => Some("CASCADE"),
            Action::SetNull => Some("SET NULL"),
            Action::SetDefault => Some("SET DEFAULT"),
        }
    }
}

/// A PostgreSQL enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumType {
    pub(crate) name: String,
    pub(crate) codes: Vec<String>,
}

impl Catalog {
    /// Returns the table of the same name.
    pub(crate) fn table(&self, dialect: Dialect, like: &Table) -> Option<&Table> {
        self.tables.iter().find(|table| table.is_same(dialect, like))
    }
}

impl Table {
    /// Returns `true` if both have the same name.
    pub(crate) fn is_same(&self, dialect: Dialect, other: &Table) -> bool {
        same_name(dialect, &self.name, &other.name)
            && same_schema(dialect, self.schema.as_deref(), other.schema.as_deref())
    }

    pub(crate) fn column(&self, dialect: Dialect, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same_name(dialect, &column.name, name))
    }

    /// Returns the name, with its schema.
    pub(crate) fn table_name(&self) -> TableName<'_> {
        TableName { schema: self.schema.as_deref(), name: &self.name }
    }

    /// Returns the name for people.
    pub(crate) fn label(&self) -> String {
        label(self.schema.as_deref(), &self.name)
    }
}

impl SequenceName {
    /// Returns the name, with its schema.
    pub(crate) fn table_name(&self) -> TableName<'_> {
        TableName { schema: self.schema.as_deref(), name: &self.name }
    }
}

impl ForeignKey {
    /// Returns `true` if both are the same in the database, whatever the program calls them.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self { field, entity, .. } = *other;
        Self { field, entity, ..self.clone() } == *other
    }

    /// Returns the name of the target for people.
    pub(crate) fn target_label(&self) -> String {
        format!("{} ({})", label(self.schema.as_deref(), &self.table), self.target.join(", "))
    }
}

fn label(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

/// Returns `true` if the database considers both names equal.
pub(crate) fn same_name(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect.definitions().names_in_any_case {
        true => a.eq_ignore_ascii_case(b),
        false => clipped(a) == clipped(b),
    }
}

/// Returns `true` if the database considers the names of both lists equal.
pub(crate) fn same_names(dialect: Dialect, a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_name(dialect, a, b))
}

/// Returns `true` if the database considers both schemas equal.
pub(crate) fn same_schema(dialect: Dialect, a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_name(dialect, a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}
