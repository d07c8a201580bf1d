//! What the rollback of a transaction or a savepoint has to put back, for the objects of one entity.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::slot::{Seat, Slots, State};
use crate::mapping::{Entity, IndexByKey, Key};

/// Objects by slot.
pub(crate) type BySlot<T> = HashMap<u32, T, RandomState>;

/// An object that came back because its row was read again after it had been marked as deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Revived {
    pub(crate) seat: Seat,
    /// How many levels were open when the row was marked.
    pub(crate) depth: usize,
}

/// One open transaction or savepoint.
#[derive(Debug)]
pub(crate) struct Level<T> {
    /// Rows that were inserted, and whether the database made the key. An object that has left the
    /// session since stays in the list: its seat is taken no more.
    added: Vec<(Seat, bool)>,
    /// Rows that were deleted; likewise.
    deleted: Vec<Seat>,
    /// Rows that were updated, as they were.
    before: BySlot<T>,
    /// Objects of rows that were marked as deleted before the level, and were read in it.
    revived: Vec<Revived>,
    /// Objects that were first read after something had been written past the map: their rows may be
    /// gone after a rollback.
    came: Vec<Seat>,
    /// Objects whose INSERT and DELETE were both undone.
    abandoned: Vec<Seat>,
    /// How long that list may get before what has left the session is dropped from it.
    most_came: usize,
}

impl<T: Entity> Level<T> {
    pub(crate) fn begin() -> Self {
        Level {
            added: Vec::new(),
            deleted: Vec::new(),
            before: BySlot::default(),
            revived: Vec::new(),
            came: Vec::new(),
            most_came: 0,
            abandoned: Vec::new(),
        }
    }

    pub(crate) fn note_added(&mut self, seat: Seat, generated: bool) {
        self.added.push((seat, generated));
    }

    pub(crate) fn note_came(&mut self, seat: Seat, slots: &Slots<T>) {
        if self.came.len() >= self.most_came {
            self.came.retain(|&seat| slots.is_taken(seat));
            self.most_came = (self.came.len() * 2).max(1024);
        }
        self.came.push(seat);
    }

    /// The objects that were first read in the level, as far as they are stored still.
    pub(crate) fn take_came(&mut self, slots: &Slots<T>) -> Vec<u32> {
        let stored = |seat: &Seat| {
            slots.is_taken(*seat) && slots.slot(seat.slot).is_some_and(|mark| mark.is_stored())
        };
        std::mem::take(&mut self.came)
            .iter()
            .filter(|seat| stored(seat))
            .map(|it| it.slot)
            .collect()
    }

    pub(crate) fn take_abandoned(&mut self) -> Vec<Seat> {
        std::mem::take(&mut self.abandoned)
    }

    pub(crate) fn note_deleted(&mut self, seat: Seat) {
        self.deleted.push(seat);
    }

    pub(crate) fn note_revived(&mut self, revived: Revived) {
        self.revived.push(revived);
    }

    /// Objects that were deleted and came back in the same level are what they were before it.
    pub(crate) fn forget_revived_from(&mut self, depth: usize) {
        self.revived.retain(|revived| revived.depth < depth);
    }

    /// The first image of a level counts.
    pub(crate) fn note_updated(&mut self, slot: u32, before: T) {
        self.before.entry(slot).or_insert(before);
    }

    /// The image of a row before the level changed it.
    pub(crate) fn image(&self, slot: u32) -> Option<&T> {
        self.before.get(&slot)
    }

    /// The slots that are freed when the level is committed for good.
    pub(crate) fn into_deleted(self) -> Vec<Seat> {
        self.deleted
    }

    /// Forgets an object that leaves the session.
    pub(crate) fn forget(&mut self, slot: u32) {
        self.before.remove(&slot);
    }

    /// Forgets all objects.
    pub(crate) fn forget_all(&mut self) {
        *self = Level::begin();
    }

    /// Gives what it knows to the level around it.
    pub(crate) fn release_into(self, outer: &mut Level<T>) {
        outer.added.extend(self.added);
        outer.deleted.extend(self.deleted);
        outer.revived.extend(self.revived);
        outer.came.extend(self.came);
        for (slot, before) in self.before {
            outer.note_updated(slot, before);
        }
    }

    /// The rows that were inserted. They are new again, with every edit, so that the images of them
    /// that the level has are of no use.
    pub(crate) fn take_added(&mut self, slots: &Slots<T>) -> Vec<(u32, bool)> {
        let mut taken = Vec::new();
        for (seat, generated) in std::mem::take(&mut self.added) {
            if slots.is_taken(seat) {
                self.before.remove(&seat.slot);
                taken.push((seat.slot, generated));
            }
        }
        taken
    }

    /// Puts every stored object back to what it was when the level began. What was unflushed has
    /// been put back before. Answers the objects that are deleted again.
    pub(crate) fn roll_back(
        &mut self,
        slots: &mut Slots<T>,
        index: &mut <T::Key as Key>::Index,
    ) -> Vec<Revived> {
        // All changed keys leave the index before the old ones return: two objects may have swapped.
        for &slot in self.before.keys() {
            remove_from_index(slots, index, slot);
        }
        for (slot, mut before) in std::mem::take(&mut self.before) {
            if let Some(object) = slots.object_mut(slot) {
                before.keep_skipped(object);
                *object = before;
            }
            insert_into_index(slots, index, slot);
        }
        for &seat in &self.deleted {
            if slots.is_deleted(seat) {
                set_state(slots, seat.slot, State::Persistent);
                insert_into_index(slots, index, seat.slot);
            }
        }
        self.revived.retain(|revived| slots.is_taken(revived.seat));
        for revived in &self.revived {
            remove_from_index(slots, index, revived.seat.slot);
            set_state(slots, revived.seat.slot, State::Deleted);
        }
        std::mem::take(&mut self.revived)
    }

    /// Makes the flushes of the level undone but keeps every edit: the next flush writes it all
    /// again. Answers the rows to insert again, in order, and to delete again.
    pub(crate) fn unflush(
        &mut self,
        slots: &mut Slots<T>,
        index: &mut <T::Key as Key>::Index,
        bases: &mut BySlot<T>,
        touched: &mut Vec<u32>,
    ) -> (Vec<u32>, Vec<u32>) {
        let mut pending = Vec::new();
        for (slot, generated) in self.take_added(slots) {
            remove_from_index(slots, index, slot);
            bases.remove(&slot);
            let Some(mark) = slots.slot_mut(slot) else { continue };
            mark.set_touched(false);
            if mark.state() == State::Deleted || mark.state() == State::Doomed {
                mark.set_state(State::Transient);
                self.abandoned.push(slots.seat(slot));
            } else {
                mark.set_state(State::Pending);
                pending.push(slot);
            }
            if generated && let Some(object) = slots.object_mut(slot) {
                object.set_auto_key(None);
            }
        }
        for &slot in self.before.keys() {
            let key = bases.get(&slot).or_else(|| slots.object(slot)).and_then(T::key);
            if let Some(key) = key {
                index.remove(&key, slot);
            }
        }
        for (slot, before) in std::mem::take(&mut self.before) {
            if let Some(key) = before.key() {
                index.insert(key, slot);
            }
            if let Some(object) = slots.object_mut(slot) {
                object.copy_version(&before);
            }
            if let Some(mark) = slots.slot_mut(slot)
                && !mark.touched()
            {
                mark.set_touched(true);
                touched.push(slot);
            }
            bases.insert(slot, before);
        }
        let mut doomed = Vec::new();
        for seat in std::mem::take(&mut self.deleted) {
            let slot = seat.slot;
            if slots.is_deleted(seat) {
                set_state(slots, slot, State::Doomed);
                let key = bases.get(&slot).or_else(|| slots.object(slot)).and_then(T::key);
                if let Some(key) = key {
                    index.insert(key, slot);
                }
                doomed.push(slot);
            }
        }
        (pending, doomed)
    }
}

fn set_state<T>(slots: &mut Slots<T>, slot: u32, state: State) {
    if let Some(mark) = slots.slot_mut(slot) {
        mark.set_state(state);
    }
}

fn remove_from_index<T: Entity>(slots: &Slots<T>, index: &mut <T::Key as Key>::Index, slot: u32) {
    if let Some(key) = slots.object(slot).and_then(T::key) {
        index.remove(&key, slot);
    }
}

fn insert_into_index<T: Entity>(slots: &Slots<T>, index: &mut <T::Key as Key>::Index, slot: u32) {
    if let Some(key) = slots.object(slot).and_then(T::key) {
        index.insert(key, slot);
    }
}
