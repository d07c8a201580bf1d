//! Objects without rows: those whose INSERT was undone or never sent, and those that were first read
//! in what was undone, so that nobody knows whether their rows are there.
//!
//! The first are *transient*: they can be read, and added again. So that a session which adds and
//! rolls back for ever does not grow for ever, the oldest of them leave the session. The second are
//! *unproven*: they are stale, and before a flush writes one of them, or a reference to one, its
//! row is looked for. If the row is gone, the object is transient too.

use super::Store;
use super::arena::Arena;
use super::arena_state::GivenUp;
use super::slot::{SlotRef, Slots};
use super::states::{Event, State};
use crate::mapping::{Entity, IndexByKey};

/// So many transient objects of an entity stay from earlier transactions.
const MOST: usize = 1000;

/// Whether an object is there still, and transient.
fn is_transient<T>(slots: &Slots<T>, slot_ref: &SlotRef) -> bool {
    let header = slots.header(slot_ref.slot()).filter(|_| slots.is_taken(*slot_ref));
    header.is_some_and(|header| header.state() == State::Transient)
}

impl<T: Entity> Arena<T> {
    /// Makes an object transient whose row is gone.
    pub(crate) fn give_up(&mut self, slot: u32) {
        if let Some(key) = self.stored(slot).and_then(T::key) {
            self.index.remove(&key, slot);
        }
        self.bases.remove(&slot);
        self.unproven.remove(&slot);
        self.apply(slot, Event::RowMissing);
    }

    /// Returns the transient objects that are remembered.
    pub(crate) fn transient(&self) -> Vec<u32> {
        let GivenUp { now, before } = &self.given_up;
        let slot_refs = before.iter().chain(now);
        slot_refs
            .filter(|slot_ref| is_transient(&self.slots, slot_ref))
            .map(|slot_ref| slot_ref.slot())
            .collect()
    }

    /// The transaction has ended. Returns the transient objects of earlier ones that are too many.
    pub(crate) fn take_given_up(&mut self) -> Vec<u32> {
        let GivenUp { now, before } = &mut self.given_up;
        before.retain(|slot_ref| is_transient(&self.slots, slot_ref));
        let too_many = before.len().saturating_sub(MOST);
        let old = before.drain(..too_many).map(|slot_ref| slot_ref.slot()).collect();
        before.append(now);
        old
    }

    /// Returns the objects of unproven rows that wait for a flush.
    pub(crate) fn unproven_waiting(&self) -> Vec<u32> {
        self.unproven.iter().copied().filter(|&slot| self.waits(slot)).collect()
    }

    /// Returns whether something of an object waits to be written.
    pub(crate) fn waits(&self, slot: u32) -> bool {
        let Some(header) = self.slots.header(slot) else { return false };
        header.state() == State::DeletePending || header.touched() && self.is_edited(slot)
    }

    /// Returns whether an object differs from the image of its row.
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

    /// Returns the transient objects of earlier transactions that are too many, by entity and slot.
    pub(crate) fn take_given_up(&mut self) -> Vec<(usize, u32)> {
        let mut old = Vec::new();
        for entity in self.entities() {
            let slots = self.arena_dyn_mut(entity).map(|arena| arena.take_given_up());
            old.extend(slots.into_iter().flatten().map(|slot| (entity, slot)));
        }
        old
    }

    /// Sets whether rows are looked for to prove what was read before.
    pub(crate) fn set_proving(&mut self, proving: bool) {
        self.proving = proving;
    }

    /// Returns whether there are objects of which nobody knows whether their rows are there.
    pub(crate) fn has_unproven(&self) -> bool {
        self.arenas().any(|(_, arena)| arena.has_unproven())
    }

    /// Returns those of some objects whose rows are unproven.
    pub(crate) fn unproven_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        let arena = self.arena_dyn(entity);
        let is_unproven = |slot: &u32| arena.is_some_and(|arena| arena.is_unproven(*slot));
        slots.iter().copied().filter(is_unproven).collect()
    }

    /// Returns those of some objects that are to be deleted.
    pub(crate) fn deletions_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        let header = |slot: u32| self.arena_dyn(entity)?.header(slot);
        let is_deleted_next =
            |&slot: &u32| header(slot).is_some_and(|it| it.state() == State::DeletePending);
        slots.iter().copied().filter(is_deleted_next).collect()
    }

    /// Makes those of these objects transient whose rows were not found. Returns the first that has
    /// edits.
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
