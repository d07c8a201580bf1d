//! References whose keys equal the keys of objects in the database, but not in Rust.

use std::collections::BTreeSet;

use super::IdentityMap;
use super::collection_state::CollectionIndex;
use crate::mapping::EntityMeta;

impl IdentityMap {
    /// Returns the foreign keys of an entity whose objects may be in collections that can be read,
    /// although their keys do not show it in Rust.
    pub(crate) fn unsure_references(&self, entity: usize) -> BTreeSet<usize> {
        let edges = self.collections.edges_of(entity).iter();
        let unsure = edges.filter_map(|&edge| {
            let CollectionIndex { foreign_key, parent, .. } = self.collections.edges[edge];
            let exact = self.arena_dyn(parent).is_none_or(|arena| arena.has_exact_keys());
            (!exact && self.has_collections(edge, parent)).then_some(foreign_key)
        });
        unsure.collect()
    }

    /// Returns the objects whose reference has a key that belongs to no object in memory, and about
    /// which nothing is known.
    pub(crate) fn untold(
        &self,
        meta: &EntityMeta,
        foreign_key: usize,
        slots: Vec<u32>,
    ) -> Vec<u32> {
        let target = (meta.foreign_keys[foreign_key].target)().entity.index();
        let (Some(arena), Some(targets)) =
            (self.arena_dyn(meta.entity.index()), self.arena_dyn(target))
        else {
            return Vec::new();
        };
        let is_unknown = |slot: &u32| {
            let reference = arena.stored_reference(*slot, foreign_key);
            reference
                .key
                .is_some_and(|key| targets.find_key(key).is_none() && !targets.is_told(key))
        };
        slots.into_iter().filter(is_unknown).collect()
    }

    /// Enters objects in the collections of a reference whose targets are now known.
    pub(crate) fn enter_paired(&mut self, entity: usize, foreign_key: usize, slots: &[u32]) {
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.edges_of(entity)[n];
            if self.collections.edges[edge].foreign_key != foreign_key {
                continue;
            }
            for &slot in slots {
                if let Some(owner) = self.owner_at(edge, slot) {
                    self.enter(edge, owner, slot, true);
                }
            }
        }
    }
}
