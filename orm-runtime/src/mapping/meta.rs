//! What the attributes said, as consts that can be inspected at run time.

use super::{EntityType, HierarchyMeta, RelationshipMeta};
use crate::backend::{DbTypeNames, TableName};
use crate::types::ColumnType;

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
    /// The hierarchy it belongs to, where it is a subtype, a base or the enum of the hierarchy.
    pub hierarchy: Option<&'static HierarchyMeta>,
    /// Its subtype in the hierarchy: for the enum that of the base.
    pub subtype: usize,
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
    pub kind: ColumnType,
    /// Whether the column may be NULL: the field is an `Option`.
    pub nullable: bool,
    /// The most characters a text may have.
    pub length: Option<u32>,
    /// The name of the column's type on each database, where it is not that of its kind.
    pub db_type: Option<DbTypeNames>,
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

impl ColumnMeta {
    /// A plain column; the derive adds what the attributes say by struct update.
    pub const fn new(field: &'static str, name: &'static str, kind: ColumnType) -> Self {
        ColumnMeta {
            field,
            name,
            kind,
            nullable: false,
            length: None,
            db_type: None,
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
    /// Returns the name of the table.
    pub(crate) fn table_name(&self) -> TableName<'static> {
        TableName { schema: self.schema, name: self.table }
    }

    /// An entity without columns; the derive adds what the attributes say by struct update.
    pub const fn new(
        name: &'static str,
        module: &'static str,
        table: &'static str,
        entity: EntityType,
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
            subtype: 0,
            entity,
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

/// What is said of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewMeta {
    /// The SELECT that [`create_all`](crate::Schema::create_all) makes it of; without, somebody else does.
    pub query: Option<&'static str>,
}

/// An index over several columns, or with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexMeta {
    /// The name that was given; else one is made of the table and the columns.
    pub name: Option<&'static str>,
    /// The positions of the columns.
    pub columns: &'static [usize],
    /// Whether no two rows may have the same values.
    pub unique: bool,
    /// Only rows for which this SQL condition holds are in the index.
    pub condition: Option<&'static str>,
}

/// A condition every row fulfils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckMeta {
    /// The name that was given; else one is made of the table and the condition.
    pub name: Option<&'static str>,
    /// The condition, in SQL.
    pub condition: &'static str,
}

/// A reference to another table: columns that hold the key of one of its rows.
#[derive(Debug, Clone, Copy)]
pub struct ForeignKeyMeta {
    /// The field of the type `ForeignKey`: a column with `references` has none, for the schema alone.
    pub field: Option<&'static str>,
    /// Whether the reference may be NULL. One of several that is always set may not, though its columns
    /// are NULL where another one is.
    pub nullable: bool,
    /// The field of which the reference is one of several, where at most one is set.
    pub one_of: Option<&'static str>,
    /// The positions of the columns, in the order of the target's key.
    pub columns: &'static [usize],
    /// The entity it leads to.
    pub target: fn() -> &'static EntityMeta,
    /// What happens when the target is deleted.
    pub on_delete: OnDelete,
    /// Whether the target is deleted when this object lets go of it, or is deleted itself.
    pub delete_orphan: bool,
    /// Whether the database has a constraint for it. Without, `on_delete` is what the session does, and
    /// nobody does it for rows that are deleted past the session.
    pub constraint: bool,
}

/// What happens to an object when the one it refers to is deleted. Where the reference has no constraint in
/// the database (`no_constraint`), it is what the session does, and no more: rows that are deleted past the
/// session leave references behind that lead nowhere, and so does `Restrict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnDelete {
    /// Nothing, so that the database refuses to delete the target.
    #[default]
    Restrict,
    /// It is deleted as well: by the session, which loads what is not in memory, with its hooks; and
    /// by the database, where rows are deleted past the session. A new object that refers to a deleted
    /// one is not inserted. Where the target's row is kept (`soft_delete`), only objects whose rows are
    /// kept too go with it, for it may come back.
    Cascade,
    /// Its reference becomes NULL: in the session, which loads what is not in memory; and by the
    /// database, where rows are deleted past the session. Not where the target's row is kept
    /// (`soft_delete`).
    Nullify,
    /// It is deleted by the database alone. The session loads nothing, runs no hooks, and takes what
    /// it has in memory for deleted.
    Database,
}

impl ForeignKeyMeta {
    /// Columns that refer to an entity; the derive adds what else there is to say by struct update.
    pub const fn new(
        columns: &'static [usize],
        target: fn() -> &'static EntityMeta,
        on_delete: OnDelete,
    ) -> Self {
        ForeignKeyMeta {
            field: None,
            nullable: false,
            one_of: None,
            columns,
            target,
            on_delete,
            delete_orphan: false,
            constraint: true,
        }
    }
}

impl OnDelete {
    /// What the schema says about it.
    pub(crate) fn in_database(self) -> Self {
        match self {
            OnDelete::Database => OnDelete::Cascade,
            other => other,
        }
    }
}
