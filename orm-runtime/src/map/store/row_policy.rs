//! How rows enter the map.

use crate::handle::MapId;
use crate::mapping::{ColumnSet, Entity, EntityMeta, SubtypeMeta};

/// How rows enter the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPolicy {
    /// The entity for which the query is: it says where in a row the columns of a hierarchy are.
    pub(crate) meta: &'static EntityMeta,
    /// How many columns a row has for it, without the deferred ones.
    pub(crate) width: usize,
    /// Rows overwrite what is in memory, edits included.
    pub(crate) populate: bool,
    /// Rows overwrite what is in memory because the transaction has changed them: its rollback puts
    /// the objects back. Rows that are not in memory stay out.
    pub(crate) changed: bool,
    /// The deferred columns that follow the others.
    pub(crate) undeferred: ColumnSet,
    /// Objects older than this take the new values.
    pub(crate) horizon: u32,
    /// The age of what is read now.
    pub(crate) age: u32,
    /// The innermost open transaction scope that was written in past the map: what is read now may be of it.
    pub(crate) past_map: Option<usize>,
    /// The rows are looked for to prove that they are what was read: those of others are not taken.
    pub(crate) proving: bool,
    /// The number of the query, by which objects are known to be loaded together.
    pub(crate) query: u32,
    /// The map, for collections to know their owners by.
    pub(crate) map: Option<MapId>,
}

impl RowPolicy {
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
