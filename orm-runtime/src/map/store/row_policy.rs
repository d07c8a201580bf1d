//! How rows enter the map.

use super::ages::READ_ALL;
use crate::handle::MapId;
use crate::mapping::{ColumnSet, Entity, EntityMeta, SubtypeMeta};

/// How rows enter the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPolicy {
    /// The entity of the query, which decides where the columns of a hierarchy are in a row.
    pub(super) meta: &'static EntityMeta,
    /// The number of columns that a row has for the entity, without deferred columns.
    pub(super) width: usize,
    /// `true` if rows overwrite what is in memory, edits included.
    pub(super) populate: bool,
    /// `true` if rows overwrite what is in memory because the transaction has changed them. A
    /// rollback restores the objects. Rows that are not in memory stay out.
    pub(super) changed: bool,
    /// The deferred columns that follow the other columns.
    pub(super) undeferred: ColumnSet,
    /// Objects older than this take the new values.
    pub(super) horizon: u32,
    /// The age of facts that are read now.
    pub(super) age: u32,
    /// The innermost open transaction scope in which statements have written outside the map: what
    /// is read now may depend on it.
    pub(super) past_map: Option<usize>,
    /// `true` if the rows are read to prove that they are the rows that were read before. Rows with
    /// other values are not taken.
    pub(super) proving: bool,
    /// `true` if the session reads on its own, to decide a write. An object with pending changes
    /// then keeps the version that its changes are based on.
    pub(super) deciding: bool,
    /// The number of the query. Objects with the same number were loaded together.
    pub(super) query: u32,
    /// The map, which is part of the handles of owners in collections.
    pub(super) map: Option<MapId>,
}

impl RowPolicy {
    /// Returns the entity of the query.
    pub(crate) fn meta(&self) -> &'static EntityMeta {
        self.meta
    }

    /// Returns the number of columns that a row has for the entity, without deferred columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the deferred columns that follow the other columns.
    pub(crate) fn undeferred(&self) -> ColumnSet {
        self.undeferred
    }

    /// Returns `true` if rows overwrite what is in memory, edits included.
    pub(crate) fn populates(&self) -> bool {
        self.populate
    }

    /// Returns the horizon: older objects take the new values.
    pub(crate) fn horizon(&self) -> u32 {
        self.horizon
    }

    /// Returns the same policy for rows with other deferred columns.
    #[inline]
    pub(crate) fn with_undeferred(self, undeferred: ColumnSet) -> Self {
        RowPolicy { undeferred, ..self }
    }

    /// Returns the same policy with the horizon [`READ_ALL`]: all objects take the new values.
    pub(crate) fn reading_all(self) -> Self {
        RowPolicy { horizon: READ_ALL, ..self }
    }

    /// Returns the same policy for rows that the transaction has changed.
    pub(crate) fn for_changed_rows(self) -> Self {
        RowPolicy { changed: true, ..self }
    }

    /// Returns the same policy for rows that the session reads on its own, to decide a write.
    pub(crate) fn to_decide(self) -> Self {
        RowPolicy { deciding: true, ..self }
    }

    /// Returns the same policy for the rows of a query for another entity.
    pub(crate) fn of(self, meta: &'static EntityMeta) -> Self {
        RowPolicy { meta, width: meta.visible().count(), ..self }
    }

    /// Returns the subtype of the query, or `None` for an entity without subtypes.
    #[inline]
    pub(super) fn subtype<T: Entity>(&self) -> Option<&'static SubtypeMeta> {
        if T::META.hierarchy.is_none() { None } else { self.meta.subtype_meta() }
    }
}
