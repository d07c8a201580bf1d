//! How rows enter the map.

use super::ages::READ_ALL;
use crate::handle::MapId;
use crate::mapping::{ColumnSet, Entity, EntityMeta, SubtypeMeta};

/// How rows enter the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPolicy {
    /// The entity for which the query is: it says where in a row the columns of a hierarchy are.
    pub(super) meta: &'static EntityMeta,
    /// How many columns a row has for it, without the deferred ones.
    pub(super) width: usize,
    /// Rows overwrite what is in memory, edits included.
    pub(super) populate: bool,
    /// Rows overwrite what is in memory because the transaction has changed them: its rollback puts
    /// the objects back. Rows that are not in memory stay out.
    pub(super) changed: bool,
    /// The deferred columns that follow the others.
    pub(super) undeferred: ColumnSet,
    /// Objects older than this take the new values.
    pub(super) horizon: u32,
    /// The age of what is read now.
    pub(super) age: u32,
    /// The innermost open transaction scope that was written in past the map: what is read now may be of it.
    pub(super) past_map: Option<usize>,
    /// The rows are looked for to prove that they are what was read: those of others are not taken.
    pub(super) proving: bool,
    /// The number of the query, by which objects are known to be loaded together.
    pub(super) query: u32,
    /// The map, for collections to know their owners by.
    pub(super) map: Option<MapId>,
}

impl RowPolicy {
    /// Returns the entity for which the query is.
    pub(crate) fn meta(&self) -> &'static EntityMeta {
        self.meta
    }

    /// Returns how many columns a row has for the entity, without the deferred ones.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the deferred columns that follow the others.
    pub(crate) fn undeferred(&self) -> ColumnSet {
        self.undeferred
    }

    /// Returns `true` if rows overwrite what is in memory, edits included.
    pub(crate) fn populates(&self) -> bool {
        self.populate
    }

    /// Returns the age before which objects take the new values.
    pub(crate) fn horizon(&self) -> u32 {
        self.horizon
    }

    /// Returns the same policy for rows with other deferred columns.
    #[inline]
    pub(crate) fn with_undeferred(self, undeferred: ColumnSet) -> Self {
        RowPolicy { undeferred, ..self }
    }

    /// Returns the same policy for a reader that believes nothing: all objects take the new values.
    pub(crate) fn reading_all(self) -> Self {
        RowPolicy { horizon: READ_ALL, ..self }
    }

    /// Returns the same policy for rows that the transaction has changed.
    pub(crate) fn for_changed_rows(self) -> Self {
        RowPolicy { changed: true, ..self }
    }

    /// The same for the rows of a query for another entity.
    pub(crate) fn of(self, meta: &'static EntityMeta) -> Self {
        RowPolicy { meta, width: meta.visible().count(), ..self }
    }

    /// The subtype of the query. For an entity without subtypes nothing is looked at.
    #[inline]
    pub(super) fn subtype<T: Entity>(&self) -> Option<&'static SubtypeMeta> {
        if T::META.hierarchy.is_none() { None } else { self.meta.subtype_meta() }
    }
}
