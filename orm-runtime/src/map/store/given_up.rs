//! Objects without rows: objects whose INSERT was undone or never sent, and objects that were first
//! read in a scope that was undone, so that it is unknown whether their rows exist.
//!
//! The first kind is *transient*: such objects can be read, and added again. The oldest of them
//! leave the session, so that a session which adds and rolls back again and again does not grow
//! forever. The second kind is *unproven*: such objects are stale, and before a flush writes one of
//! them, or a reference to one, it reads the row. If the row is gone, the object becomes transient
//! too.

use super::Store;
use super::arena::Arena;
use super::arena_state::GivenUp;
use super::slot::{SlotRef, Slots};
use super::states::{Event, State};
use crate::mapping::{Entity, IndexByKey};

/// The most transient objects of an entity that stay from earlier transactions.
const MOST: usize = 1000;

/// Returns `true` if an object is still in the map, and transient.
fn is_transient<T>(slots: &Slots<T>, slot_ref: &SlotRef) -> bool {
    let header = slots.header(slot_ref.slot()).filter(|_| slots.is_taken(*slot_ref));
    header.is_some_and(|header| header.state() == State::Transient)
}

impl<T: Entity> Arena<T> {
    /// Makes an object transient because its row is gone.
    pub(crate) fn give_up(&mut self, slot: u32) {
        if let Some(key) = self.stored(slot).and_then(T::key) {
            self.index.remove(&key, slot);
        }
        self.bases.remove(&slot);
        self.unproven.remove(&slot);
        self.apply(slot, Event::RowMissing);
    }

    /// Returns the transient objects that are still in the map.
    pub(crate) fn transient(&self) -> Vec<u32> {
        let GivenUp { now, before } = &self.given_up;
        let slot_refs = before.iter().chain(now);
        slot_refs
            .filter(|slot_ref| is_transient(&self.slots, slot_ref))
            .map(|slot_ref| slot_ref.slot())
            .collect()
    }

    /// Returns the oldest transient objects of earlier transactions if there are too many, at the
    /// end of a transaction.
    pub(crate) fn take_given_up(&mut self) -> Vec<u32> {
        let GivenUp { now, before } = &mut self.given_up;
        before.retain(|slot_ref| is_transient(&self.slots, slot_ref));
        let too_many = before.len().saturating_sub(MOST);
        let old = before.drain(..too_many).map(|slot_ref| slot_ref.slot()).collect();
        before.append(now);
        old
    }

    /// Returns the pending objects whose rows are unproven.
    pub(crate) fn unproven_waiting(&self) -> Vec<u32> {
        self.unproven.iter().copied().filter(|&slot| self.waits(slot)).collect()
    }

    /// Returns `true` if an object has pending changes.
    pub(crate) fn waits(&self, slot: u32) -> bool {
        let Some(header) = self.slots.header(slot) else { return false };
        header.state() == State::DeletePending || header.touched() && self.is_edited(slot)
    }

    /// Returns `true` if an object differs from the snapshot of its row.
    pub(crate) fn is_edited(&self, slot: u32) -> bool {
        let both = self.slots.object(slot).zip(self.bases.get(&slot));
        both.is_some_and(|(object, image)| !object.diff(image).is_empty())
    }
}

impl Store {
    /// Returns `true` if objects have become transient since the last transaction ended.
    pub(crate) fn has_given_up(&self) -> bool {
        self.arenas().any(|(_, arena)| arena.has_given_up())
    }

    /// Returns the oldest transient objects of earlier transactions if there are too many, by
    /// entity and slot.
    pub(crate) fn take_given_up(&mut self) -> Vec<(usize, u32)> {
        let mut old = Vec::new();
        for entity in self.entities() {
            let slots = self.arena_dyn_mut(entity).map(|arena| arena.take_given_up());
            old.extend(slots.into_iter().flatten().map(|slot| (entity, slot)));
        }
        old
    }

    /// Sets whether the session reads rows to prove what was read before.
    pub(crate) fn set_proving(&mut self, proving: bool) {
        self.proving = proving;
    }

    /// Returns `true` if it is unknown for some objects whether their rows exist.
    pub(crate) fn has_unproven(&self) -> bool {
        self.arenas().any(|(_, arena)| arena.has_unproven())
    }

    /// Returns the objects among these whose rows are unproven.
    pub(crate) fn unproven_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        let arena = self.arena_dyn(entity);
        let is_unproven = |slot: &u32| arena.is_some_and(|arena| arena.is_unproven(*slot));
        slots.iter().copied().filter(is_unproven).collect()
    }

    /// Returns the objects among these that are marked for deletion.
    pub(crate) fn deletions_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        let header = |slot: u32| self.arena_dyn(entity)?.header(slot);
        let is_deleted_next =
            |&slot: &u32| header(slot).is_some_and(|it| it.state() == State::DeletePending);
        slots.iter().copied().filter(is_deleted_next).collect()
    }

    /// Makes the objects among these transient whose rows were not found. Returns the first that
    /// has edits.
    pub(crate) fn give_up_unproven(&mut self, entity: usize, slots: &[u32]) -> Option<u32> {
        let arena = self.arena_dyn_mut(entity)?;
        let mut edited = None;
        for &slot in slots {
            if !arena.is_unproven(slot) {
                continue;
            }
            if edited.is_none() && arena.header(slot).is_some_and(|header| header.is_stored()) {
                edited = Some(slot).filter(|&slot| arena.is_edited(slot));
            }
            arena.give_up_unproven(slot);
        }
        edited
    }
}
