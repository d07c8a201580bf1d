//! The objects that come into the map between two points in time, so that an operation can load
//! many and remove them again.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::Store;
use super::slot::SlotRef;
use crate::mapping::EntityMeta;

/// Slots with their generations.
type SlotRefs = HashSet<(u32, u32), RandomState>;

/// The objects of some entities at some time.
pub(crate) struct ObjectSet(Vec<(&'static EntityMeta, SlotRefs)>);

impl Store {
    /// Returns the objects of these entities that are in memory now.
    pub(crate) fn known(&self, entities: &[&'static EntityMeta]) -> ObjectSet {
        let known = entities.iter().map(|&meta| {
            let slot_refs =
                self.slot_refs(meta).map(|slot_ref| (slot_ref.slot(), slot_ref.generation()));
            (meta, slot_refs.collect())
        });
        ObjectSet(known.collect())
    }

    /// Returns the objects of the same entities that have come since, one entity after another.
    pub(crate) fn added_since(&self, known: &ObjectSet) -> Vec<(usize, Vec<SlotRef>)> {
        let come = known.0.iter().map(|(meta, known)| {
            let new =
                |slot_ref: &SlotRef| !known.contains(&(slot_ref.slot(), slot_ref.generation()));
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
}
