//! What the rollback of a transaction or a savepoint restores, for the objects of one entity.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::slot::{SlotRef, Slots};
use super::states::{Event, State};
use crate::mapping::{Entity, IndexByKey, Key};

/// Objects by slot.
pub(crate) type BySlot<T> = HashMap<u32, T, RandomState>;

/// An object that was restored because its row was read again after a soft delete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Restored {
    pub(super) slot_ref: SlotRef,
    /// The number of transaction scopes that were open when the row was soft-deleted.
    pub(super) depth: usize,
}

/// The log of one open transaction or savepoint.
#[derive(Debug)]
pub(crate) struct UndoLog<T> {
    /// Rows that were inserted, with `true` if the database generated the key. An object that has
    /// left the session since stays in the list: its slot holds another object.
    added: Vec<(SlotRef, bool)>,
    /// Rows that were deleted. Objects that have left the session stay in this list too.
    deleted: Vec<SlotRef>,
    /// The snapshots of updated rows.
    before: BySlot<T>,
    /// Objects of rows that were soft-deleted before the transaction scope, and read in it.
    restored: Vec<Restored>,
    /// Objects that were first read after statements had written rows outside the map: after a
    /// rollback their rows may not exist.
    came: Vec<SlotRef>,
    /// Objects whose INSERT and DELETE were both undone.
    abandoned: Vec<SlotRef>,
    /// The length at which objects that have left the session are removed from `came`.
    most_came: usize,
}

impl<T: Entity> UndoLog<T> {
    pub(crate) fn begin() -> Self {
        UndoLog {
            added: Vec::new(),
            deleted: Vec::new(),
            before: BySlot::default(),
            restored: Vec::new(),
            came: Vec::new(),
            most_came: 0,
            abandoned: Vec::new(),
        }
    }

    pub(crate) fn note_added(&mut self, slot_ref: SlotRef, generated: bool) {
        self.added.push((slot_ref, generated));
    }

    pub(crate) fn note_came(&mut self, slot_ref: SlotRef, slots: &Slots<T>) {
        if self.came.len() >= self.most_came {
            self.came.retain(|&slot_ref| slots.is_taken(slot_ref));
            self.most_came = (self.came.len() * 2).max(1024);
        }
        self.came.push(slot_ref);
    }

    /// Returns the objects that were first read in the transaction scope and are still stored.
    pub(crate) fn take_came(&mut self, slots: &Slots<T>) -> Vec<u32> {
        let stored = |slot_ref: &SlotRef| {
            slots.is_taken(*slot_ref)
                && slots.header(slot_ref.slot()).is_some_and(|header| header.is_stored())
        };
        std::mem::take(&mut self.came)
            .iter()
            .filter(|slot_ref| stored(slot_ref))
            .map(|it| it.slot())
            .collect()
    }

    pub(crate) fn take_abandoned(&mut self) -> Vec<SlotRef> {
        std::mem::take(&mut self.abandoned)
    }

    pub(crate) fn note_deleted(&mut self, slot_ref: SlotRef) {
        self.deleted.push(slot_ref);
    }

    pub(crate) fn note_restored(&mut self, restored: Restored) {
        self.restored.push(restored);
    }

    /// Forgets objects that were deleted and restored in the same transaction scope, because they
    /// are what they were before it.
    pub(crate) fn forget_revived_from(&mut self, depth: usize) {
        self.restored.retain(|restored| restored.depth < depth);
    }

    /// Records the snapshot of an updated row. The first snapshot in a transaction scope counts.
    pub(crate) fn note_updated(&mut self, slot: u32, before: T) {
        self.before.entry(slot).or_insert(before);
    }

    /// Returns the snapshot of a row from before the transaction scope changed it.
    pub(crate) fn image(&self, slot: u32) -> Option<&T> {
        self.before.get(&slot)
    }

    /// Returns the snapshots of all rows from before the transaction scope changed them.
    pub(crate) fn images(&self) -> impl Iterator<Item = (&u32, &T)> {
        self.before.iter()
    }

    /// Returns the slots that are freed when the transaction is committed.
    pub(crate) fn into_deleted(self) -> Vec<SlotRef> {
        self.deleted
    }

    /// Forgets an object that leaves the session.
    pub(crate) fn forget(&mut self, slot: u32) {
        self.before.remove(&slot);
    }

    /// Forgets all objects.
    pub(crate) fn forget_all(&mut self) {
        *self = UndoLog::begin();
    }

    /// Moves all records to the transaction scope around it.
    pub(crate) fn release_into(self, outer: &mut UndoLog<T>) {
        outer.added.extend(self.added);
        outer.deleted.extend(self.deleted);
        outer.restored.extend(self.restored);
        outer.came.extend(self.came);
        for (slot, before) in self.before {
            outer.note_updated(slot, before);
        }
    }

    /// Returns the objects whose rows were inserted and that are deleted now, or by the next flush.
    pub(crate) fn inserted_and_deleted(&self, slots: &Slots<T>) -> Vec<u32> {
        let is_deleted = |slot_ref: &SlotRef| {
            slots.is_taken(*slot_ref)
                && slots.header(slot_ref.slot()).is_some_and(|header| header.state().is_deleted())
        };
        let added = self.added.iter().map(|(slot_ref, _)| slot_ref);
        added.filter(|slot_ref| is_deleted(slot_ref)).map(|it| it.slot()).collect()
    }

    /// Returns the rows that were inserted. They are new again, with every edit, so the snapshots
    /// of them in this log are dropped.
    pub(crate) fn take_added(&mut self, slots: &Slots<T>) -> Vec<(u32, bool)> {
        let mut taken = Vec::new();
        for (slot_ref, generated) in std::mem::take(&mut self.added) {
            if slots.is_taken(slot_ref) {
                self.before.remove(&slot_ref.slot());
                taken.push((slot_ref.slot(), generated));
            }
        }
        taken
    }

    /// Restores every stored object to what it was when the transaction scope began. Flushes that
    /// were reverted have already been undone. Returns the objects that are deleted again.
    pub(crate) fn roll_back(
        &mut self,
        slots: &mut Slots<T>,
        index: &mut <T::Key as Key>::Index,
    ) -> Vec<Restored> {
        // All changed keys leave the index before the old keys return, because two objects may have
        // swapped keys.
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
        for &slot_ref in &self.deleted {
            if slots.is_deleted(slot_ref) {
                apply(slots, slot_ref.slot(), Event::DeletedRowRolledBack);
                insert_into_index(slots, index, slot_ref.slot());
            }
        }
        self.restored.retain(|restored| slots.is_taken(restored.slot_ref));
        for restored in &self.restored {
            remove_from_index(slots, index, restored.slot_ref.slot());
            apply(slots, restored.slot_ref.slot(), Event::SoftDeletedReadRolledBack);
        }
        std::mem::take(&mut self.restored)
    }

    /// Undoes the flushes of the transaction scope, but keeps every edit: the next flush writes
    /// everything again. Returns the rows to insert again, in order, and the rows to delete again.
    pub(crate) fn revert_flush(
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
            let Some(header) = slots.header_mut(slot) else { continue };
            header.set_touched(false);
            match header.apply(Event::InsertReverted) {
                Some(State::Transient) => self.abandoned.push(slots.slot_ref(slot)),
                _ => pending.push(slot),
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
            if let Some(header) = slots.header_mut(slot)
                && !header.touched()
            {
                header.set_touched(true);
                touched.push(slot);
            }
            bases.insert(slot, before);
        }
        let mut delete_pending = Vec::new();
        for slot_ref in std::mem::take(&mut self.deleted) {
            let slot = slot_ref.slot();
            if slots.is_deleted(slot_ref) {
                apply(slots, slot, Event::DeleteReverted);
                let key = bases.get(&slot).or_else(|| slots.object(slot)).and_then(T::key);
                if let Some(key) = key {
                    index.insert(key, slot);
                }
                delete_pending.push(slot);
            }
        }
        (pending, delete_pending)
    }
}

fn apply<T>(slots: &mut Slots<T>, slot: u32, event: Event) {
    if let Some(header) = slots.header_mut(slot) {
        header.apply(event);
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
