//! The references of an arena's objects.

use super::Rows;
use crate::map::store::arena::Arena;
use crate::map::store::slot::SlotRef;
use crate::mapping::Entity;
use crate::mapping::Reference;

/// The references of an arena's objects.
pub(crate) trait References: Rows {
    /// Returns what a foreign key of an object references.
    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// Returns what a foreign key references in the row of an object.
    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// Returns what a foreign key referenced in the row of an object before each open transaction
    /// scope that has changed it.
    fn undone_references(&self, slot: u32, foreign_key: usize) -> Vec<Reference<'_>>;
    /// Returns `true` if the open transaction has written a foreign key of an object.
    fn wrote_reference(&self, slot: u32, foreign_key: usize) -> bool;
    /// Returns `true` if a foreign key of an object references nothing, and neither does another
    /// reference of the same `one_of` field.
    fn leads_nowhere(&self, slot: u32, foreign_key: usize) -> bool {
        let mut alternatives = self.meta().alternatives(foreign_key);
        alternatives.all(|n| self.reference(slot, n).is_null())
    }
    /// Calls a function with the references of many objects, and with `true` for objects that were
    /// accessed mutably.
    fn each_reference(
        &self,
        slots: &[u32],
        foreign_key: usize,
        each: &mut dyn FnMut(SlotRef, bool, Reference<'_>),
    );
    /// Sets a foreign key of an object to another target, as an edit by the user does.
    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Sets a foreign key to the same target with more information. This is not an edit.
    fn propagate_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Sets a foreign key that the database has changed, in the object and in the snapshot of its
    /// row.
    fn set_cascaded_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Sets a foreign key, in the object and in the snapshot of its row, to the key that its target
    /// has again after a transaction scope was undone.
    fn set_undone_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Sets a foreign key in the snapshot of a row to what it references in the database.
    fn set_stored_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Marks a stored object as deleted because the database has deleted its row.
    fn gone(&mut self, slot: u32);
    /// Makes a stored object unproven because the database may have deleted its row.
    fn doubt_row(&mut self, slot: u32);
}

impl<T: Entity> References for Arena<T> {
    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.slots.object(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.stored(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn undone_references(&self, slot: u32, foreign_key: usize) -> Vec<Reference<'_>> {
        let images = self.undo_logs.iter().filter_map(|log| log.image(slot));
        images.map(|image| image.reference(foreign_key)).collect()
    }

    fn wrote_reference(&self, slot: u32, foreign_key: usize) -> bool {
        let Some(stored) = self.stored(slot) else { return false };
        let columns = T::META.foreign_keys[foreign_key].columns;
        self.undo_logs.iter().filter_map(|log| log.image(slot)).any(|before| {
            let written = stored.diff(before);
            columns.iter().any(|&column| written.contains(column))
        })
    }

    fn each_reference(
        &self,
        slots: &[u32],
        foreign_key: usize,
        each: &mut dyn FnMut(SlotRef, bool, Reference<'_>),
    ) {
        for &slot in slots {
            let (Some(header), Some(object)) = (self.slots.header(slot), self.slots.object(slot))
            else {
                continue;
            };
            each(self.slots.slot_ref(slot), header.touched(), object.reference(foreign_key));
        }
    }

    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        let generation = self.generation(slot);
        if let Some(object) = self.touch(slot, generation) {
            object.set_reference(foreign_key, to);
        }
    }

    fn propagate_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_reference(foreign_key, to);
        }
    }

    fn set_cascaded_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        self.take_reference(slot, foreign_key, to);
    }

    fn set_undone_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        self.set_both_references(slot, foreign_key, to);
    }

    fn set_stored_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        let stored = self.bases.get_mut(&slot).or_else(|| self.slots.object_mut(slot));
        if let Some(stored) = stored {
            stored.set_reference(foreign_key, to);
        }
    }

    fn gone(&mut self, slot: u32) {
        if self.slots.header(slot).is_some_and(|header| header.is_stored()) {
            self.finish_delete(slot);
        }
    }

    fn doubt_row(&mut self, slot: u32) {
        if self.slots.header(slot).is_some_and(|header| header.is_stored()) {
            self.unproven.insert(slot);
            self.expire(slot);
        }
    }
}
