//! What relationships need of an arena whatever its entity: references, keys, and what came by which
//! query.

use std::any::Any;
use std::collections::HashMap;

use super::adopting::Adopt;
use super::arena::Arena;
use super::slot::{SlotRef, State};
use super::table::Table;
use super::table_keys::{KeyFinder, KeyList, KeysOf};
use crate::backend::Row;
use crate::error::Result;
use crate::handle::MapId;
use crate::mapping::{Entity, Reference};

/// The references of an arena's objects, and what their collections need.
pub(crate) trait Linked {
    /// The slot as long as its object is in it.
    fn slot_ref(&self, slot: u32) -> SlotRef;
    /// The level of an object in its hierarchy.
    fn level(&self, slot: u32) -> usize;
    /// Where a foreign key of an object leads.
    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// The same for its row.
    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// Returns whether the open transaction has written a foreign key of an object.
    fn wrote_reference(&self, slot: u32, foreign_key: usize) -> bool;
    /// Makes a foreign key of an object lead elsewhere, as an edit of the user's does.
    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Completes what a foreign key says, which leads where it led before: no edit.
    fn complete_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Takes where the database has made a foreign key lead, in the object and the image of its row.
    fn set_cascaded_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Makes the image of a row say where a foreign key leads in the database.
    fn set_stored_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// The database has deleted the row of a stored object.
    fn gone(&mut self, slot: u32);
    /// The database may have deleted the row of a stored object.
    fn doubt_row(&mut self, slot: u32);
    /// The slot of the row with this key, which is of the entity's key type.
    fn find_key(&self, key: &dyn Any) -> Option<u32>;
    /// The key that an object has now.
    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>>;
    /// The key of its row.
    fn row_key(&self, slot: u32) -> Option<Box<dyn Any>>;
    /// Whether an object has a key.
    fn has_key(&self, slot: u32) -> bool;
    /// Finds new objects by the keys that they were given.
    fn new_by_key(&self) -> KeyFinder;
    /// Gives an object the key that the database made, or takes it back.
    fn set_auto_key(&mut self, slot: u32, key: Option<i64>);
    /// Whether objects have lost keys since this was asked last.
    fn take_lost_keys(&mut self) -> bool;
    /// Keys of the entity's key type, each once and in order, without those of objects that are no older
    /// than the horizon.
    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList>;
    /// Remembers which of these keys lead to no row of a level, so that a relationship is not loaded for them again.
    fn note_absent(&mut self, keys: &dyn KeyList, level: usize, age: u32);
    /// Whether a load of a level has found no row of this key, at this time or later.
    fn is_absent(&self, key: &dyn Any, level: usize, horizon: u32) -> bool;
    /// Rows may have come that were absent.
    fn forget_absent(&mut self);
    /// Sorts what belongs to objects by the keys of these, if it is not in this order already.
    fn sort_by_key(&self, found: &mut [(u32, u32)]);
    /// Goes through references of many objects, each with whether it was touched.
    fn each_reference(
        &self,
        slots: &[u32],
        foreign_key: usize,
        each: &mut dyn FnMut(SlotRef, bool, Reference<'_>),
    );
    /// Pending and touched objects, whose references may differ from their rows.
    fn waiting(&self) -> Vec<u32>;
    /// Whether an object is stored or waits to be.
    fn is_present(&self, slot: u32) -> bool;
    /// All objects that are stored or wait to be.
    fn present(&self) -> Vec<u32>;
    /// All objects, whatever their state.
    fn all(&self) -> Vec<u32>;
    /// From now on objects that come from the database are noted.
    fn watch(&mut self);
    /// Whether there may be objects that came into being in this session.
    fn has_born(&self) -> bool;
    /// Takes no stored object any more for one that came into being in this session.
    fn forget_born(&mut self);
    /// The objects that came since, and those whose references the database has changed.
    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>);
    /// Stored objects that were loaded together with this one, itself included.
    fn cohort(&self, slot: u32) -> Vec<u32>;
    /// Brings a row into the map.
    fn adopt(&mut self, row: &mut Row<'_, '_>, how: &Adopt) -> Result<Option<u32>>;
    /// Whether an object waits to be inserted.
    fn is_pending(&self, slot: u32) -> bool;
    /// Marks an object for deletion, for good where deleted rows are kept otherwise; answers whether it
    /// was not before.
    fn mark_for_deletion(&mut self, slot: u32, for_good: bool) -> bool;
    /// Takes that back.
    fn unmark_for_deletion(&mut self, slot: u32, before: State);
    /// Tells the collections of objects once more whose they are, after a rollback.
    fn place_again(&mut self, slots: &[u32], map: MapId);
    /// Makes an object pending again whose INSERT was rolled back; answers whether it was one.
    fn bring_back(&mut self, slot: u32) -> bool;
}

impl<T: Entity> Linked for Arena<T> {
    fn slot_ref(&self, slot: u32) -> SlotRef {
        self.slots.slot_ref(slot)
    }

    fn level(&self, slot: u32) -> usize {
        self.slots.object(slot).map_or(0, T::level)
    }

    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.slots.object(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.stored(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn wrote_reference(&self, slot: u32, foreign_key: usize) -> bool {
        let Some(stored) = self.stored(slot) else { return false };
        let columns = T::META.foreign_keys[foreign_key].columns;
        self.undo_logs.iter().filter_map(|log| log.image(slot)).any(|before| {
            let written = stored.diff(before);
            columns.iter().any(|&column| written.contains(column))
        })
    }

    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        let generation = self.generation(slot);
        if let Some(object) = self.touch(slot, generation) {
            object.set_reference(foreign_key, to);
        }
    }

    fn complete_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
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
        if self.slots.header(slot).is_some_and(|header| header.state() == State::Persistent) {
            self.finish_delete(slot);
        }
    }

    fn doubt_row(&mut self, slot: u32) {
        if self.slots.header(slot).is_some_and(|header| header.is_stored()) {
            self.unproven.insert(slot);
            self.expire(slot);
        }
    }

    fn find_key(&self, key: &dyn Any) -> Option<u32> {
        self.find(key.downcast_ref()?)
    }

    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>> {
        Some(Box::new(self.slots.object(slot)?.key()?))
    }

    fn row_key(&self, slot: u32) -> Option<Box<dyn Any>> {
        Some(Box::new(self.stored(slot)?.key()?))
    }

    fn has_key(&self, slot: u32) -> bool {
        self.slots.object(slot).is_some_and(|object| object.key().is_some())
    }

    fn new_by_key(&self) -> KeyFinder {
        let key = |slot: u32| Some((self.slots.object(slot)?.key()?, slot));
        KeyFinder::new(self.pending().into_iter().filter_map(key))
    }

    fn set_auto_key(&mut self, slot: u32, key: Option<i64>) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_auto_key(key);
        }
    }

    fn take_lost_keys(&mut self) -> bool {
        std::mem::take(&mut self.lost_keys)
    }

    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList> {
        let lacks = |key: &&T::Key| {
            let slot = self.find(key).and_then(|slot| self.slots.header(slot));
            slot.is_none_or(|header| header.age() < horizon)
        };
        let keys = keys.iter().filter_map(|key| key.downcast_ref::<T::Key>());
        let mut keys: Vec<T::Key> = keys.filter(lacks).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        Box::new(KeysOf::<T>(keys))
    }

    fn note_absent(&mut self, keys: &dyn KeyList, level: usize, age: u32) {
        if self.absent.len() <= level {
            self.absent.resize_with(level + 1, HashMap::default);
        }
        for n in 0..keys.len() {
            if let Some(key) = keys.key(n).and_then(|key| key.downcast_ref::<T::Key>())
                && self.find(key).is_none()
            {
                self.absent[level].insert(key.clone(), age);
            }
        }
    }

    fn is_absent(&self, key: &dyn Any, level: usize, horizon: u32) -> bool {
        let age = self.absent.get(level).zip(key.downcast_ref()).and_then(|(at, key)| at.get(key));
        age.is_some_and(|&age| age >= horizon)
    }

    fn forget_absent(&mut self) {
        self.absent = Vec::new();
    }

    fn sort_by_key(&self, found: &mut [(u32, u32)]) {
        let key = |found: &(u32, u32)| self.slots.object(found.1).and_then(T::key);
        let keys: Vec<Option<T::Key>> = found.iter().map(key).collect();
        if !keys.is_sorted() {
            found.sort_by_cached_key(key);
        }
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

    fn waiting(&self) -> Vec<u32> {
        let touched = self
            .touched
            .iter()
            .copied()
            .filter(|&slot| self.slots.header(slot).is_some_and(|header| header.touched()));
        self.pending().into_iter().chain(touched).collect()
    }

    fn is_present(&self, slot: u32) -> bool {
        let state = self.slots.header(slot).map(|header| header.state());
        matches!(state, Some(State::Persistent | State::Pending))
    }

    fn present(&self) -> Vec<u32> {
        let present = |state| matches!(state, State::Persistent | State::Pending);
        let slots = self.slots.iter().filter(|(_, header)| present(header.state()));
        slots.map(|(slot, _)| slot).collect()
    }

    fn all(&self) -> Vec<u32> {
        self.slots.iter().map(|(slot, _)| slot).collect()
    }

    fn watch(&mut self) {
        self.arrivals.get_or_insert_default();
    }

    fn has_born(&self) -> bool {
        self.has_born
    }

    fn forget_born(&mut self) {
        if !self.has_born {
            return;
        }
        self.slots.for_each_slot(|slot| {
            if !matches!(slot.state(), State::Pending | State::Transient) {
                slot.set_created_here(false);
            }
        });
    }

    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>) {
        self.arrivals.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn cohort(&self, slot: u32) -> Vec<u32> {
        self.cohorts
            .of(slot)
            .filter(|&slot| {
                self.slots.header(slot).is_some_and(|header| header.state() == State::Persistent)
            })
            .collect()
    }

    fn adopt(&mut self, row: &mut Row<'_, '_>, how: &Adopt) -> Result<Option<u32>> {
        Arena::adopt(self, row, how)
    }

    fn is_pending(&self, slot: u32) -> bool {
        self.slots.header(slot).is_some_and(|header| header.state() == State::Pending)
    }

    fn place_again(&mut self, slots: &[u32], map: MapId) {
        if T::HAS_COLLECTIONS {
            slots.iter().for_each(|&slot| self.place(slot, map, &mut Vec::new()));
        }
    }

    fn bring_back(&mut self, slot: u32) -> bool {
        let back = self.add_again(slot);
        // A rollback has left it its edits, which may have been made in between.
        if back && let Some((_, turned)) = &mut self.arrivals {
            turned.push(slot);
        }
        back
    }

    fn mark_for_deletion(&mut self, slot: u32, for_good: bool) -> bool {
        let before = self.slots.header(slot).map(|header| header.state());
        let delete_pending = if for_good { self.purge(slot) } else { self.delete(slot) };
        delete_pending && matches!(before, Some(State::Persistent | State::Pending))
    }

    fn unmark_for_deletion(&mut self, slot: u32, before: State) {
        self.unpurge(slot);
        match self.slots.header(slot).map(|header| header.state()) {
            // Its row was undone meanwhile: it is new again.
            Some(State::Transient) if before == State::Persistent => {
                self.add_again(slot);
            }
            Some(State::DeletePending | State::Transient) => {
                if let Some(header) = self.slots.header_mut(slot) {
                    header.set_state(before);
                }
            }
            _ => {}
        }
    }
}
