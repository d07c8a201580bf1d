//! References whose keys the database takes for those of objects though Rust does not.

use std::collections::BTreeSet;

use super::IdentityMap;
use super::collection_state::CollectionIndex;
use crate::mapping::EntityMeta;

impl IdentityMap {
    /// The foreign keys of an entity whose objects may be in collections that can be read, though their keys
    /// do not say so here.
    pub(crate) fn unsure_references(&self, entity: usize) -> BTreeSet<usize> {
        let edges = self.collections.edges_of(entity).iter();
        let unsure = edges.filter_map(|&edge| {
            let CollectionIndex { foreign_key, parent, .. } = self.collections.edges[edge];
            let exact = self.arena_dyn(parent).is_none_or(|arena| arena.has_exact_keys());
            (!exact && self.has_collections(edge, parent)).then_some(foreign_key)
        });
        unsure.collect()
    }

    /// Those of some objects whose references bear a key of which nothing is known, of no object in memory.
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
        let is_untold = |slot: &u32| {
            let reference = arena.stored_reference(*slot, foreign_key);
            reference
                .key
                .is_some_and(|key| targets.find_key(key).is_none() && !targets.is_told(key))
        };
        slots.into_iter().filter(is_untold).collect()
    }

    /// Enters objects in the collections to which a reference of theirs is known to lead by now.
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
