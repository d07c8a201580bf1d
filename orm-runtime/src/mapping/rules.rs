//! What the attributes said beside the columns: views, indexes, conditions and references.

use super::EntityMeta;

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
