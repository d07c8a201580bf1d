//! The references of an arena's objects.

use super::Rows;
use crate::map::store::arena::Arena;
use crate::map::store::slot::SlotRef;
use crate::mapping::Entity;
use crate::mapping::Reference;

/// The references of an arena's objects.
pub(crate) trait References: Rows {
    /// Where a foreign key of an object leads.
    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// The same for its row.
    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// The same for its row as it was before each open transaction scope that has changed it.
    fn undone_references(&self, slot: u32, foreign_key: usize) -> Vec<Reference<'_>>;
    /// Returns whether the open transaction has written a foreign key of an object.
    fn wrote_reference(&self, slot: u32, foreign_key: usize) -> bool;
    /// Whether a foreign key of an object leads nowhere, and none does that could be in its place.
    fn leads_nowhere(&self, slot: u32, foreign_key: usize) -> bool {
        let mut alternatives = self.meta().alternatives(foreign_key);
        alternatives.all(|n| self.reference(slot, n).is_null())
    }
    /// Goes through references of many objects, each with whether it was touched.
    fn each_reference(
        &self,
        slots: &[u32],
        foreign_key: usize,
        each: &mut dyn FnMut(SlotRef, bool, Reference<'_>),
    );
    /// Makes a foreign key of an object lead elsewhere, as an edit of the user's does.
    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Completes what a foreign key says, which leads where it led before: no edit.
    fn propagate_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Takes where the database has made a foreign key lead, in the object and the image of its row.
    fn set_cascaded_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Makes the image of a row say where a foreign key leads in the database.
    fn set_stored_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// The database has deleted the row of a stored object.
    fn gone(&mut self, slot: u32);
    /// The database may have deleted the row of a stored object.
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
