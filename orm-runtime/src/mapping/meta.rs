//! The metadata of entities: what the attributes say, as consts that can be inspected at run time.

use super::{EntityType, HierarchyMeta, RelationshipMeta};
use crate::backend::{DbTypeNames, TableName};
use crate::types::ColumnType;

/// The metadata of an entity.
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
    /// The name of the generated module beside it, which holds its columns.
    pub module: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// The database schema of the table, if the attributes name one.
    pub schema: Option<&'static str>,
    /// The columns, in the order of the fields.
    pub columns: &'static [ColumnMeta],
    /// The positions of the key's columns.
    pub key: &'static [usize],
    /// `true` if the database generates the key.
    pub auto_key: bool,
    /// The position of the version column of optimistic locking.
    pub version: Option<usize>,
    /// The position of the column that holds the time of a soft delete, if rows are kept.
    pub soft_delete: Option<usize>,
    /// The indexes over several columns, and the indexes with a condition.
    pub indexes: &'static [IndexMeta],
    /// The conditions that every row fulfils.
    pub checks: &'static [CheckMeta],
    /// The references to other tables.
    pub foreign_keys: &'static [ForeignKeyMeta],
    /// The references and collections that are fields, in the order of the fields.
    pub relationships: &'static [RelationshipMeta],
    /// The comment on the table in the database.
    pub comment: Option<&'static str>,
    /// The view, if the entity is a view, whose rows are only read.
    pub view: Option<ViewMeta>,
    /// `true` if rows are inserted without RETURNING, which PostgreSQL refuses on a table with a
    /// rule.
    pub no_returning: bool,
    /// The hierarchy of a subtype, of a base, or of the enum.
    pub hierarchy: Option<&'static HierarchyMeta>,
    /// Its subtype in the hierarchy; for the enum the subtype of the base.
    pub subtype: usize,
    /// The entity itself, for code that has only the metadata.
    #[doc(hidden)]
    pub entity: EntityType,
}

/// The metadata of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnMeta {
    /// The name of the field; for a field of a value object the path to it, such as
    /// `address.street`.
    pub field: &'static str,
    /// The name of the column.
    pub name: &'static str,
    /// The kind of SQL type that the column has.
    pub kind: ColumnType,
    /// `true` if the column may be NULL: the field is an `Option`.
    pub nullable: bool,
    /// The most characters that the text may have.
    pub length: Option<u32>,
    /// The type of the column on each database, if it is not the type of its kind.
    pub db_type: Option<DbTypeNames>,
    /// The most digits of a decimal, and how many of them are after the decimal point.
    pub digits: Option<(u32, u32)>,
    /// `true` if no two rows may have the same value.
    pub unique: bool,
    /// `true` if there is an index of this column alone.
    pub index: bool,
    /// `true` if a query does not select the column by default.
    pub deferred: bool,
    /// The group of a deferred column. The columns of a group are loaded together.
    pub group: Option<&'static str>,
    /// `true` if the builder sets a default value.
    pub default: bool,
    /// How the database generates the value, if it does.
    pub generated: Option<GeneratedBy>,
    /// `true` if the value is read after an INSERT, because the database generates it.
    pub read_back: bool,
    /// `true` if the column holds the time of the INSERT, which does not change.
    pub created_at: bool,
    /// `true` if the column holds the time of the last write.
    pub updated_at: bool,
    /// `true` if the database also sets the value in an UPDATE, so that it is read after one.
    pub on_update: bool,
    /// `true` if texts for a reader show `***` in the place of the value.
    pub secret: bool,
    /// The comment on the column in the database.
    pub comment: Option<&'static str>,
}

/// How the database generates the value of a column. Expressions are SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneratedBy {
    /// By an expression, if an INSERT gives no value.
    Default(&'static str),
    /// Always, by an expression over other columns.
    Computed(&'static str),
    /// By the sequence with this name, if an INSERT gives no value.
    Sequence(&'static str),
}

impl ColumnMeta {
    /// Creates a plain column. The derive sets what the attributes say by struct update.
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
            updated_at: false,
            on_update: false,
            secret: false,
            comment: None,
        }
    }
}

impl EntityMeta {
    /// Returns the name of the table.
    pub(crate) fn table_name(&self) -> TableName<'static> {
        TableName { schema: self.schema, name: self.table }
    }

    /// Creates the metadata of an entity without columns. The derive sets what the attributes say
    /// by struct update.
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

    /// Returns the column of a field.
    pub fn column_of_field(&self, field: &str) -> Option<&'static ColumnMeta> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// Returns the columns of the key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static ColumnMeta> {
        let columns = self.columns;
        self.key.iter().map(move |&position| &columns[position])
    }

    /// Returns the same entity for statements that do not change the version of a row.
    pub(crate) fn unversioned(&self) -> Self {
        EntityMeta { version: None, ..*self }
    }

    /// Returns the position of the column of a key that the database generates at insert.
    pub fn auto_column(&self) -> Option<usize> {
        self.auto_key.then(|| self.key[0])
    }
}

/// The metadata of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewMeta {
    /// The SELECT from which [`create_all`](crate::Schema::create_all) creates the view. If `None`,
    /// the program creates the view by other means.
    pub query: Option<&'static str>,
}

/// An index over several columns, or with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexMeta {
    /// The name, if the attributes give one; otherwise it is built from the table and the columns.
    pub name: Option<&'static str>,
    /// The positions of the columns.
    pub columns: &'static [usize],
    /// `true` if no two rows may have the same values.
    pub unique: bool,
    /// The SQL condition of the rows in the index.
    pub condition: Option<&'static str>,
}

/// A condition that every row fulfils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckMeta {
    /// The name, if the attributes give one; otherwise it is built from the table and the
    /// condition.
    pub name: Option<&'static str>,
    /// The condition, in SQL.
    pub condition: &'static str,
}

/// A reference to another table: columns that hold the key of one of its rows.
#[derive(Debug, Clone, Copy)]
pub struct ForeignKeyMeta {
    /// The field of the type `ForeignKey`. A column with `references` has none, and is a reference
    /// in the schema only.
    pub field: Option<&'static str>,
    /// `true` if the reference may be NULL. A reference that is one of several, of which exactly
    /// one is set, is not nullable, although its columns are NULL while another one is set.
    pub nullable: bool,
    /// The `one_of` field that this reference belongs to. At most one reference of such a field is
    /// set.
    pub one_of: Option<&'static str>,
    /// The positions of the columns, in the order of the target's key.
    pub columns: &'static [usize],
    /// The entity that it references.
    pub target: fn() -> &'static EntityMeta,
    /// What happens when the target is deleted.
    pub on_delete: OnDelete,
    /// `true` if the target is deleted when this object no longer references it, or is deleted
    /// itself.
    pub delete_orphan: bool,
    /// `true` if the database has a constraint for it. Without one, only the session follows
    /// `on_delete`, and nothing does so for rows that are deleted outside the session.
    pub constraint: bool,
}

/// What happens to an object when the object that it references is deleted. If the reference has no
/// constraint in the database (`no_constraint`), only the session does this: rows that are deleted
/// outside the session leave references to missing rows, and so does `Restrict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnDelete {
    /// Nothing: the database refuses to delete the target.
    #[default]
    Restrict,
    /// The object is deleted too: by the session, with its hooks, which loads what is not in
    /// memory; and by the database for rows that are deleted outside the session. A new object that
    /// references a deleted one is not inserted. If the row of the target is kept (`soft_delete`),
    /// only objects whose rows are also kept are deleted with it, because the target may be
    /// restored.
    Cascade,
    /// The reference becomes NULL: in the session, which loads what is not in memory; and in the
    /// database for rows that are deleted outside the session. If the row of the target is kept
    /// (`soft_delete`), the reference stays.
    Nullify,
    /// The object is deleted by the database alone. The session loads nothing, runs no hooks, and
    /// treats objects in memory as deleted.
    Database,
}

impl ForeignKeyMeta {
    /// Creates a reference from columns to an entity. The derive sets the other fields by struct
    /// update.
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
    /// Returns the rule that the schema has for it.
    pub(crate) fn in_database(self) -> Self {
        match self {
            OnDelete::Database => OnDelete::Cascade,
            other => other,
        }
    }
}
