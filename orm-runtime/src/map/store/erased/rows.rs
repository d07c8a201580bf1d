//! The content of an arena: objects, their slots, their states and their ages.

use crate::map::store::ages::STALE;
use crate::map::store::arena::Arena;
use crate::map::store::slot::SlotHeader;
use crate::map::store::slot::SlotRef;
use crate::map::store::states::State;
use crate::mapping::ColumnSet;
use crate::mapping::Entity;
use crate::mapping::EntityMeta;

/// The objects of an arena, and their slots.
pub(crate) trait Rows {
    fn meta(&self) -> &'static EntityMeta;
    fn header(&self, slot: u32) -> Option<SlotHeader>;
    /// Returns a slot reference to the object in a slot.
    fn slot_ref(&self, slot: u32) -> SlotRef;
    /// Returns the subtype of an object in its hierarchy.
    fn subtype(&self, slot: u32) -> usize;
    /// Returns the columns of an object: in a hierarchy the columns of its subtype.
    fn has(&self, slot: u32) -> ColumnSet {
        let all = ColumnSet::first(self.meta().columns.len());
        self.meta()
            .hierarchy
            .map_or(all, |hierarchy| hierarchy.subtypes[self.subtype(slot)].lineage)
    }
    /// Returns the name of an object's entity: in a hierarchy the name of its subtype.
    fn name(&self, slot: u32) -> &'static str {
        self.meta().name_of(self.subtype(slot))
    }
    /// Returns all objects in any state.
    fn all(&self) -> Vec<u32>;
    /// Returns all objects that are stored or pending.
    fn present(&self) -> Vec<u32>;
    /// Returns `true` if an object is stored or pending.
    fn is_present(&self, slot: u32) -> bool;
    fn len(&self) -> usize;
    /// Makes an object stale.
    fn expire(&mut self, slot: u32);
    /// Makes stale what was read at this age or later.
    fn disbelieve_since(&mut self, began: u32);
    /// Removes an object.
    fn evict(&mut self, slot: u32);
    fn clear(&mut self);
    /// Returns the stored objects that were loaded together with this one, itself included.
    fn cohort(&self, slot: u32) -> Vec<u32>;
}

impl<T: Entity> Rows for Arena<T> {
    fn meta(&self) -> &'static EntityMeta {
        T::META
    }

    fn header(&self, slot: u32) -> Option<SlotHeader> {
        self.slots.header(slot).copied().filter(|header| header.state() != State::Vacant)
    }

    fn slot_ref(&self, slot: u32) -> SlotRef {
        self.slots.slot_ref(slot)
    }

    fn subtype(&self, slot: u32) -> usize {
        self.slots.object(slot).map_or(0, T::subtype)
    }

    fn all(&self) -> Vec<u32> {
        self.slots.iter().map(|(slot, _)| slot).collect()
    }

    fn present(&self) -> Vec<u32> {
        let slots = self.slots.iter().filter(|(_, header)| header.state().is_present());
        slots.map(|(slot, _)| slot).collect()
    }

    fn is_present(&self, slot: u32) -> bool {
        self.slots.header(slot).is_some_and(|header| header.state().is_present())
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn expire(&mut self, slot: u32) {
        if let Some(header) = self.slots.header_mut(slot) {
            header.set_age(STALE);
            header.forget_known();
        }
    }

    fn disbelieve_since(&mut self, began: u32) {
        self.absent = Vec::new();
        self.slots.for_each_slot(|slot| {
            if slot.age() >= began {
                slot.set_age(STALE);
            }
        });
    }

    fn evict(&mut self, slot: u32) {
        self.remove(slot);
    }

    fn clear(&mut self) {
        self.clear_all();
    }

    fn cohort(&self, slot: u32) -> Vec<u32> {
        self.cohorts
            .of(slot)
            .filter(|&slot| self.slots.header(slot).is_some_and(|header| header.is_stored()))
            .collect()
    }
}
