//! How a database defines its tables, and what it can change about them.

use super::table_name::TableName;

/// The forms of definitions, used by `ddl` and `schema`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefinitionForms {
    /// How an existing column is changed.
    pub(crate) column_changes: ColumnChanges,
    /// How a column declares that the database generates its values.
    pub(crate) identity: Identity,
    /// Where comments are written.
    pub(crate) comments: Comments,
    /// The options that follow the parentheses of a table, if the database has them.
    pub(crate) table_options: Option<TableOptions>,
    /// An index belongs to its table: it is created with the table, and dropped by ALTER TABLE.
    /// There is no CREATE INDEX IF NOT EXISTS.
    pub(crate) indexes_in_tables: bool,
    /// An index that a constraint created is added and dropped as a constraint.
    pub(crate) unique_constraints: bool,
    /// An index may have a condition.
    pub(crate) partial_indexes: bool,
    /// A reference creates an index if there is none, and the index may stay when the reference is
    /// dropped.
    pub(crate) references_bring_indexes: bool,
    /// A type cannot be changed while a reference uses the column.
    pub(crate) references_hold_types: bool,
    /// A foreign key action may not change columns that a CHECK uses, nor rows of the same table
    /// when a key changes.
    pub(crate) limits_cascades: bool,
    /// A schema is a file: references cannot cross it and do not name it, and the name of an index
    /// includes it.
    pub(crate) schemas_are_files: bool,
    /// Names are case insensitive. Otherwise names are equal if they are equal after
    /// [`clipped`](super::clipped).
    pub(crate) names_in_any_case: bool,
    /// Names have no characters beyond U+FFFF.
    pub(crate) narrow_names: bool,
    /// The constraint of a primary key has a name.
    pub(crate) names_keys: bool,
    /// The catalogue reports columns of a key as nullable, which is not intended.
    pub(crate) keys_may_be_null: bool,
    /// A column that may be NULL is declared NULL.
    pub(crate) says_null: bool,
    /// A computed column may be NOT NULL.
    pub(crate) computed_not_null: bool,
    /// A new column that is NOT NULL is filled with zeros if it has no default.
    pub(crate) fills_new_columns: bool,
    /// A column has options such as AUTO_INCREMENT, VISIBLE and COMMENT.
    pub(crate) column_options: bool,
    /// JSON may be text with a CHECK.
    pub(crate) json_by_check: bool,
    /// The current time with the precision of columns, if CURRENT_TIMESTAMP has less.
    pub(crate) exact_now: Option<&'static str>,
    /// Points in time, if they are stored as text.
    pub(crate) instants: Option<Instants>,
    /// Writes the default that is the next value of a sequence, given its quoted name.
    pub(crate) next_value: Option<fn(&str) -> String>,
    /// Reads the sequence, with its schema, from a default that is its next value.
    pub(crate) counted_by: Option<CountedBy>,
    /// Only some servers have sequences, so the server is asked.
    pub(crate) sequences_on_some_servers: bool,
    /// The text after CREATE VIEW that keeps an existing view.
    pub(crate) view_if_missing: &'static str,
    /// Changes a statement so that it does nothing if what it creates exists.
    pub(crate) if_missing: fn(&str, Missing<'_>) -> Vec<String>,
    /// The text before a DROP TABLE of several tables that reference each other, if one statement
    /// drops them.
    pub(crate) drops_together: Option<&'static str>,
    /// Where the database describes its schema.
    pub(crate) catalog: CatalogKind,
    /// Expressions are kept as they were written.
    pub(crate) keeps_expressions: bool,
    /// Negated conditions are rewritten instead of keeping NOT, and `x` becomes `x <> 0`.
    pub(crate) turns_conditions: bool,
    /// `length` counts bytes.
    pub(crate) length_counts_bytes: bool,
    /// Types are compared by their effect on values; a type that the mapping names is compared by
    /// name.
    pub(crate) types_are_affinities: bool,
    /// Converts a type, which is in upper case, to the spelling in which it is compared.
    pub(crate) normal_type: fn(&str) -> String,
    /// Compares two types for equality. Both are normalised, the wanted one first.
    pub(crate) same_type: fn(&str, &str) -> bool,
    /// How many characters TEXT holds, if there is a limit.
    pub(crate) text_holds: Option<u64>,
}

/// Reads the sequence, with its schema, from a default that is its next value.
pub(crate) type CountedBy = fn(&str) -> Option<(Option<String>, String)>;

/// How an existing column is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnChanges {
    /// By rebuilding the table, for most changes.
    NewTable,
    /// By ALTER COLUMN, one property at a time.
    Piecemeal,
    /// By MODIFY COLUMN, which repeats the whole definition of the column.
    Whole,
}

/// How a column declares that the database generates its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// By its type.
    Type,
    /// As GENERATED BY DEFAULT AS IDENTITY.
    Generated,
    /// As AUTO_INCREMENT.
    AutoIncrement,
}

/// Where comments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comments {
    /// As SQL comments in the text of a table, which is never read back.
    Text,
    /// In separate statements, COMMENT ON.
    Statements,
    /// In a clause of the table and of the column.
    Clauses,
}

/// The options that follow the parentheses of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableOptions {
    /// The character set.
    pub(crate) characters: &'static str,
    /// The collation of a table if no other is known.
    pub(crate) collation: &'static str,
    /// The collation that a new table adopts from older tables.
    pub(crate) older_collation: &'static str,
}

/// Points in time, stored as text in one format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instants {
    /// The format of a point in time, as a literal.
    pub(crate) format: &'static str,
    /// The pattern that all of them match, as a literal for GLOB.
    pub(crate) pattern: &'static str,
    /// Converts a default to the format.
    pub(crate) default_of: fn(&str) -> String,
}

/// What a statement creates if it is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Missing<'a> {
    Type,
    View(TableName<'a>),
    /// A reference, by its name in a schema.
    Reference(TableName<'a>),
}

/// Where a database describes its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CatalogKind {
    /// In the text of definitions, and in functions.
    Texts,
    /// In the tables of `pg_catalog`.
    PgCatalog,
    /// In the views of `information_schema`.
    InformationSchema,
}

/// Truncates a name as PostgreSQL does.
pub(crate) fn clipped(name: &str) -> &str {
    const MOST: usize = 63;
    let mut end = name.len().min(MOST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
