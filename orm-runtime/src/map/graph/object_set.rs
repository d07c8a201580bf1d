//! Which objects come between two points in time, for what brings many and lets them go again.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::map::identity::IdentityMap;
use crate::map::store::slot::SlotRef;
use crate::mapping::EntityMeta;

/// Slots with their generations.
type SlotRefs = HashSet<(u32, u32), RandomState>;

/// The objects of some entities at some time.
pub(crate) struct ObjectSet(Vec<(&'static EntityMeta, SlotRefs)>);

impl IdentityMap {
    /// Which objects of these entities there are now.
    pub(crate) fn known(&self, entities: &[&'static EntityMeta]) -> ObjectSet {
        let known = entities.iter().map(|&meta| {
            let slot_refs =
                self.slot_refs(meta).map(|slot_ref| (slot_ref.slot, slot_ref.generation()));
            (meta, slot_refs.collect())
        });
        ObjectSet(known.collect())
    }

    /// Which objects of the same entities have come since, an entity after the other.
    pub(crate) fn added_since(&self, known: &ObjectSet) -> Vec<(usize, Vec<SlotRef>)> {
        let come = known.0.iter().map(|(meta, known)| {
            let new = |slot_ref: &SlotRef| !known.contains(&(slot_ref.slot, slot_ref.generation()));
            (meta.entity.index(), self.slot_refs(meta).filter(new).collect())
        });
        come.collect()
    }

    fn slot_refs(&self, meta: &EntityMeta) -> impl Iterator<Item = SlotRef> {
        let arena = self.arena_dyn(meta.entity.index());
        arena
            .into_iter()
            .flat_map(|arena| arena.present().into_iter().map(|slot| arena.slot_ref(slot)))
    }

    /// Takes an object out of the map, and out of the collections that it was in.
    pub(in crate::map) fn evict(&mut self, entity: usize, slot: u32) {
        self.leave(entity, slot);
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.evict(slot);
        }
    }

    /// Takes stored objects out of the map, as far as they are there.
    pub(crate) fn evict_all(&mut self, come: Vec<(usize, Vec<SlotRef>)>) {
        for (entity, slot_refs) in come {
            for slot_ref in slot_refs {
                let is_there = self.arena_dyn(entity).is_some_and(|arena| {
                    arena.slot_ref(slot_ref.slot) == slot_ref
                        && arena.header(slot_ref.slot).is_some_and(|header| header.is_stored())
                });
                if is_there {
                    self.evict(entity, slot_ref.slot);
                }
            }
        }
    }
}
