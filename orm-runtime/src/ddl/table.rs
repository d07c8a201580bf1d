//! What a database holds: tables with all that belongs to them. The mapping is put into this form for
//! one database ([`wanted`](super::wanted)), and so is what the database says of itself
//! (the room `schema`), so that both can be compared.

use crate::backend::{Dialect, TableName, clipped};

/// Tables, and what stands beside them.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) tables: Vec<Table>,
    /// PostgreSQL's enumerations.
    pub(crate) types: Vec<EnumType>,
    /// The sequences, by name.
    pub(crate) sequences: Vec<SequenceName>,
    /// Whether a server of MySQL is one of MariaDB.
    pub(crate) is_mariadb: bool,
}

/// A table with all that belongs to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    /// The entity, in the mapping.
    pub(crate) entity: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: Vec<String>,
    /// What the database calls the constraint of the key.
    pub(crate) key_name: Option<String>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) comment: Option<String>,
    /// How MySQL compares texts in it; in the mapping, if it is to be another than that of new databases.
    pub(crate) collation: Option<String>,
    /// Whether it is a view, and in the mapping what it selects, where that is said.
    pub(crate) view: Option<View>,
    /// The text by which SQLite made it.
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
    /// As it stands in CREATE TABLE.
    pub(crate) sql_type: String,
    /// The mapping says the type in the database's own words.
    pub(crate) named_type: bool,
    pub(crate) nullable: bool,
    /// Its values are points in time that stand as texts of one form.
    pub(crate) instant: bool,
    /// The database counts its values.
    pub(crate) identity: bool,
    pub(crate) generated: Option<Generated>,
    pub(crate) comment: Option<String>,
    /// How it compares texts, where that is another way than its table's or database's.
    pub(crate) collation: Option<String>,
    /// On MySQL: the collation, however the table compares texts.
    pub(crate) own_collation: Option<String>,
    /// What PostgreSQL forgets of a column that changes its type, as it is said behind ALTER COLUMN.
    pub(crate) settings: Vec<String>,
    /// Whether PostgreSQL has rights that are for this column alone.
    pub(crate) granted: bool,
}

/// How the database makes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Generated {
    Default(String),
    Computed { expression: String, stored: bool },
    Sequence(SequenceName),
}

/// A sequence, with the schema of the table it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// An index, or a constraint that no two rows have the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) name: String,
    /// The columns in order, with what else there is to say of their order; an expression stands as it is.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<String>,
    /// Whether it came with a constraint of the table, and goes only with it.
    pub(crate) constraint: bool,
    /// Whether one row with NULL keeps out others with it.
    pub(crate) nulls_not_distinct: bool,
    /// The text by which SQLite made it, or PostgreSQL would make it again.
    pub(crate) sql: Option<String>,
}

/// A condition every row fulfils.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) condition: String,
    /// The codes of an enum, where the mapping has made the condition of them.
    pub(crate) codes: Option<Vec<String>>,
    /// The position of the column it is about, where it is about one.
    pub(crate) column: Option<usize>,
}

/// A reference to the key of another table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) target: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    /// When it is checked, if it can be put off: whether that is at the end of a transaction.
    pub(crate) deferrable: Option<bool>,
    /// Whether the key it leads to is one that the database counts, which never changes; in the mapping.
    pub(crate) to_counted: bool,
    /// Whether the database has a constraint for it; in the mapping it may be known there alone.
    pub(crate) constraint: bool,
    /// MySQL has made an index for it, of the same name.
    pub(crate) brought_index: bool,
    /// It leads from the row of a subtype to that of its base, in the mapping.
    pub(crate) of_kind: bool,
}

/// What happens to rows that refer to one whose key changes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Action {
    /// Nothing, so that the database refuses it; at the end of the statement or before.
    #[default]
    Refuse,
    Cascade,
    SetNull,
    SetDefault,
}

impl Action {
    /// As it stands behind ON DELETE. What is refused is so without words: at the end of the statement, so
    /// that one statement can delete rows that refer to each other.
    pub(crate) fn sql(self) -> Option<&'static str> {
        match self {
            Action::Refuse => None,
            Action::Cascade => Some("CASCADE"),
            Action::SetNull => Some("SET NULL"),
            Action::SetDefault => Some("SET DEFAULT"),
        }
    }
}

/// An enumeration of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumType {
    pub(crate) name: String,
    pub(crate) codes: Vec<String>,
}

impl Catalog {
    /// The table of that name.
    pub(crate) fn table(&self, dialect: Dialect, like: &Table) -> Option<&Table> {
        self.tables.iter().find(|table| table.is_same(dialect, like))
    }
}

impl Table {
    /// Whether both have the same name.
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

    /// The name as people read it.
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
    /// The target as people read it.
    pub(crate) fn target_label(&self) -> String {
        format!("{} ({})", label(self.schema.as_deref(), &self.table), self.target.join(", "))
    }
}

fn label(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

/// Whether the database takes both names for the same one.
pub(crate) fn same_name(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect.definitions().names_in_any_case {
        true => a.eq_ignore_ascii_case(b),
        false => clipped(a) == clipped(b),
    }
}

/// The same for lists of names.
pub(crate) fn same_names(dialect: Dialect, a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_name(dialect, a, b))
}

/// The same for schemas.
pub(crate) fn same_schema(dialect: Dialect, a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_name(dialect, a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}
