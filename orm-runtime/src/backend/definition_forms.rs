//! How a database defines its tables, and what it can change of them.

use super::table_name::TableName;

/// The forms of definitions, asked by `ddl` and `schema`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefinitionForms {
    /// How a column is changed that is there.
    pub(crate) column_changes: ColumnChanges,
    /// How a column says that the database counts its values.
    pub(crate) identity: Identity,
    /// Where comments stand.
    pub(crate) comments: Comments,
    /// What stands behind the parentheses of a table, where that is said.
    pub(crate) table_options: Option<TableOptions>,
    /// An index belongs to its table: it comes with it, and is dropped by ALTER TABLE. There is no
    /// CREATE INDEX IF NOT EXISTS.
    pub(crate) indexes_in_tables: bool,
    /// An index that came with a constraint is added and dropped as one.
    pub(crate) unique_constraints: bool,
    /// An index has a condition.
    pub(crate) partial_indexes: bool,
    /// A reference makes an index where there is none, which may stay when the reference goes.
    pub(crate) references_bring_indexes: bool,
    /// A type cannot be changed while a reference uses the column.
    pub(crate) references_hold_types: bool,
    /// A foreign key does not change columns that a CHECK is about, nor rows of its own table for a new
    /// key.
    pub(crate) limits_cascades: bool,
    /// A schema is a file: references do not leave it and name none, and an index is named in it.
    pub(crate) schemas_are_files: bool,
    /// Names are the same in capital and small letters. Otherwise they are the same if
    /// [`clipped`](super::clipped) they are.
    pub(crate) names_in_any_case: bool,
    /// Names have no characters beyond U+FFFF.
    pub(crate) narrow_names: bool,
    /// The constraint of a primary key has a name.
    pub(crate) names_keys: bool,
    /// A column of the key may be NULL as the catalogue has it, and nobody means it.
    pub(crate) keys_may_be_null: bool,
    /// A column that may be NULL says so.
    pub(crate) says_null: bool,
    /// A computed column may be NOT NULL.
    pub(crate) computed_not_null: bool,
    /// A new column that is NOT NULL is filled with zeros where nothing else is said.
    pub(crate) fills_new_columns: bool,
    /// A column has options such as AUTO_INCREMENT, VISIBLE and COMMENT.
    pub(crate) column_options: bool,
    /// JSON may be a text with a CHECK.
    pub(crate) json_by_check: bool,
    /// The current time as exact as columns are, where CURRENT_TIMESTAMP is not.
    pub(crate) exact_now: Option<&'static str>,
    /// Points in time, where they are texts.
    pub(crate) instants: Option<Instants>,
    /// The default that is the next value of a sequence, whose name it gets in quotes.
    pub(crate) next_value: Option<fn(&str) -> String>,
    /// Reads the sequence, with its schema, of a default that is its next value.
    pub(crate) counted_by: Option<CountedBy>,
    /// Only some servers have sequences, and are asked what they are.
    pub(crate) sequences_on_some_servers: bool,
    /// What stands behind CREATE VIEW, so that one that is there stays.
    pub(crate) view_if_missing: &'static str,
    /// Makes of a statement one that does nothing where what it makes is there.
    pub(crate) if_missing: fn(&str, Missing<'_>) -> Vec<String>,
    /// What stands before a DROP TABLE of several tables that refer to each other, where one statement
    /// drops them.
    pub(crate) drops_together: Option<&'static str>,
    /// Where the database says what it holds.
    pub(crate) catalog: CatalogKind,
    /// Expressions are kept as they were written.
    pub(crate) keeps_expressions: bool,
    /// Conditions are turned around rather than kept with a NOT, and `x` becomes `x <> 0`.
    pub(crate) turns_conditions: bool,
    /// `length` counts bytes.
    pub(crate) length_counts_bytes: bool,
    /// A type is compared by what it makes of values; a type that the mapping names, by its name.
    pub(crate) types_are_affinities: bool,
    /// A type in the spelling by which it is compared; in upper case already.
    pub(crate) normal_type: fn(&str) -> String,
    /// Whether two types are the same. Both are normal, the wanted one first.
    pub(crate) same_type: fn(&str, &str) -> bool,
    /// How many characters TEXT holds, where there is a most.
    pub(crate) text_holds: Option<u64>,
}

/// Reads the sequence, with its schema, of a default that is its next value.
pub(crate) type CountedBy = fn(&str) -> Option<(Option<String>, String)>;

/// How a column is changed that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnChanges {
    /// Hardly: the table is made anew.
    NewTable,
    /// By ALTER COLUMN, one thing at a time.
    Piecemeal,
    /// By MODIFY COLUMN, which says the whole column anew.
    Whole,
}

/// How a column says that the database counts its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// By its type.
    Type,
    /// As GENERATED BY DEFAULT AS IDENTITY.
    Generated,
    /// As AUTO_INCREMENT.
    AutoIncrement,
}

/// Where comments stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comments {
    /// In the text of a table, which nobody reads back.
    Text,
    /// In statements of their own, COMMENT ON.
    Statements,
    /// In a clause of the table and of the column.
    Clauses,
}

/// What stands behind the parentheses of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableOptions {
    /// The character set.
    pub(crate) characters: &'static str,
    /// The collation of tables of whose collation nothing is known.
    pub(crate) collation: &'static str,
    /// The collation that a new table takes over from older ones that have it.
    pub(crate) older_collation: &'static str,
}

/// Points in time that stand as texts of one form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instants {
    /// What a point in time is made of, as a literal.
    pub(crate) format: &'static str,
    /// What all of them match, as a literal for GLOB.
    pub(crate) pattern: &'static str,
    /// Brings a default to the form.
    pub(crate) default_of: fn(&str) -> String,
}

/// What a statement makes where it is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Missing<'a> {
    Type,
    View(TableName<'a>),
    /// A reference, by its name in a schema.
    Reference(TableName<'a>),
}

/// Where a database says what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CatalogKind {
    /// In texts, and in functions of its own.
    Texts,
    /// In the tables of `pg_catalog`.
    PgCatalog,
    /// In the views of `information_schema`.
    InformationSchema,
}

/// A name as PostgreSQL keeps it: it leaves off what is longer.
pub(crate) fn clipped(name: &str) -> &str {
    const MOST: usize = 63;
    let mut end = name.len().min(MOST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
