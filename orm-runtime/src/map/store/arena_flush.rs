//! The part of an arena that the unit of work uses: pending changes, and their completion.

use std::collections::HashMap;

use super::arena::Arena;
use super::arena_state::GivenUp;
use super::arena_state::SoftDeletes;
use super::erased::{Changes, Flushed};
use super::slot::Slots;
use super::states::{Event, State};
use super::table_keys::KeyChanges;
use super::undo_log::{BySlot, UndoLog};
use crate::backend::Row;
use crate::error::{Result, ValidationError};
use crate::mapping::{ColumnSet, Entity, IndexByKey, Reference, Wholes};

impl<T: Entity> Arena<T> {
    /// Prepares new objects in the order in which they were added, then changed and deleted objects
    /// by stored key.
    pub(super) fn prepare_objects(&mut self) -> Result<(), (u32, ValidationError)> {
        for slot in self.pending() {
            let Some(object) = self.slots.object_mut(slot) else { continue };
            object.prepare_insert().map_err(|invalid| (slot, invalid))?;
        }
        for slot in self.changed() {
            let (Some(object), Some(base)) = (self.slots.object_mut(slot), self.bases.get(&slot))
            else {
                continue;
            };
            object.prepare_update(Some(base)).map_err(|invalid| (slot, invalid))?;
        }
        for slot in self.deletions_by_key() {
            // This keeps a snapshot first: the row is found by its stored key, whatever the hook
            // changes.
            let generation = self.generation(slot);
            if let Some(object) = self.touch(slot, generation) {
                object.prepare_delete();
            }
        }
        Ok(())
    }

    /// Returns the changed objects. If they have hooks, they are sorted by stored key.
    fn changed(&self) -> Vec<u32> {
        if T::COMPLETES {
            return self.changed_by_key().into_iter().map(|(slot, _)| slot).collect();
        }
        let is_changed = |&slot: &u32| {
            let stored = self
                .slots
                .header(slot)
                .is_some_and(|header| header.touched() && header.is_stored());
            let (object, base) = (self.slots.object(slot), self.bases.get(&slot));
            stored && object.zip(base).is_some_and(|(object, base)| !object.diff(base).is_empty())
        };
        self.touched.iter().copied().filter(is_changed).collect()
    }

    pub(super) fn changed_by_key(&self) -> Vec<(u32, ColumnSet)> {
        let mut changed: Vec<(T::Key, u32, ColumnSet)> = Vec::new();
        if self.touched.is_empty() {
            return Vec::new();
        }
        let wholes = Wholes::of(T::META);
        for &slot in &self.touched {
            let Some(header) = self.slots.header(slot) else { continue };
            if !header.touched() || !header.is_stored() {
                continue;
            }
            let (Some(object), Some(base)) = (self.slots.object(slot), self.bases.get(&slot))
            else {
                continue;
            };
            let columns = object.diff(base);
            if !columns.is_empty()
                && let Some(key) = base.key()
            {
                changed.push((key, slot, wholes.with(columns, || self.insert_columns(slot))));
            }
        }
        changed.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        changed.dedup_by_key(|(_, slot, _)| *slot);
        changed.into_iter().map(|(_, slot, columns)| (slot, columns)).collect()
    }

    pub(super) fn deletions_by_key(&self) -> Vec<u32> {
        let mut delete_pending: Vec<(Option<T::Key>, u32)> = self
            .delete_pending
            .iter()
            .filter(|&&slot| {
                self.slots.header(slot).is_some_and(|header| header.state() == State::DeletePending)
            })
            .map(|&slot| (self.stored(slot).and_then(T::key), slot))
            .collect();
        delete_pending.sort_unstable();
        delete_pending.dedup();
        delete_pending.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Orders updates, each after the update that frees its new key. Updates that cannot be ordered
    /// swap keys in a cycle.
    pub(super) fn order_by_freed_key(&self, slots: &[u32]) -> KeyChanges {
        let key_of = |slot: &u32| self.stored(*slot).and_then(T::key);
        let mut freed_by: HashMap<T::Key, u32> =
            slots.iter().filter_map(|slot| Some((key_of(slot)?, *slot))).collect();
        let mut changes = KeyChanges::default();
        let mut waiting: Vec<u32> = slots.to_vec();
        loop {
            let before = waiting.len();
            waiting.retain(|slot| {
                let wanted = self.slots.object(*slot).and_then(T::key);
                let blocked = wanted
                    .as_ref()
                    .and_then(|key| freed_by.get(key))
                    .is_some_and(|other| other != slot);
                if !blocked {
                    if let Some(key) = key_of(slot) {
                        freed_by.remove(&key);
                    }
                    changes.ordered.push(*slot);
                }
                blocked
            });
            if waiting.is_empty() || waiting.len() == before {
                changes.circular = waiting;
                return changes;
            }
        }
    }

    /// Reads columns that the database has generated from a row that begins with the key.
    pub(super) fn read_made(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
        inserted: bool,
    ) -> Result<()> {
        let Some(slot) = self.slot_of_row(row)? else { return Ok(()) };
        if inserted && let Some(object) = self.slots.object(slot) {
            let made = columns.iter().filter(|&column| !object.is_set(column)).collect();
            self.made.insert(slot, made);
        }
        // A value that the database sets in an UPDATE too replaces the value that the program set.
        let replaced = columns.iter().filter(|&column| T::META.columns[column].on_update);
        if let Some(object) = self.slots.object_mut(slot) {
            object.unmake(replaced.collect());
        }
        self.fill(slot, row, columns)
    }

    /// Unsets the generated values of inserted rows that are new again. The database generates them
    /// again.
    fn forget_made(&mut self) {
        let new =
            |slot: &u32| self.slots.header(*slot).is_some_and(|header| header.state().is_new());
        let new: Vec<u32> = self.made.keys().copied().filter(new).collect();
        for slot in new {
            if let (Some(columns), Some(object)) =
                (self.made.remove(&slot), self.slots.object_mut(slot))
            {
                object.unmake(columns);
            }
        }
    }

    /// Fills deferred columns from a row that begins with the key.
    pub(crate) fn fill_by_key(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
    ) -> Result<Option<u32>> {
        let Some(slot) = self.slot_of_row(row)? else { return Ok(None) };
        self.fill(slot, row, columns)?;
        Ok(Some(slot))
    }

    /// Returns the object of a row that begins with the key. The columns of the key come first, in
    /// the order of the key, as in a row of the key alone.
    fn slot_of_row(&self, row: &mut Row<'_, '_>) -> Result<Option<u32>> {
        Ok(self.find(&Self::read_key(row)?))
    }

    /// Records what a flush did to an object.
    pub(crate) fn finish(&mut self, slot: u32, how: Flushed, age: u32) {
        match how {
            Flushed::Inserted(generated) => self.finish_insert(slot, generated, age),
            Flushed::Updated => self.finish_update(slot),
            Flushed::Deleted => self.finish_delete(slot),
            Flushed::SoftDeleted => self.finish_soft_delete(slot),
            Flushed::Switched { old, written } => {
                self.take_version(slot, old, written);
                self.finish_delete(old);
                self.finish_insert(slot, None, age);
            }
        }
    }

    /// Gives a new object the version of the row that it takes over.
    fn take_version(&mut self, slot: u32, old: u32, written: bool) {
        let Some(stored) = self.stored(old).map(T::snapshot) else { return };
        if let Some(object) = self.slots.object_mut(slot) {
            object.copy_version(&stored);
            if written {
                object.bump_version();
            }
        }
    }

    fn finish_insert(&mut self, slot: u32, generated: Option<i64>, age: u32) {
        let Some(object) = self.slots.object_mut(slot) else { return };
        if generated.is_some() {
            object.set_auto_key(generated);
        }
        if let Some(key) = object.key() {
            self.take_key_from_former_holder(&key, slot);
            self.index.insert(key, slot);
        }
        if let Some(header) = self.slots.header_mut(slot) {
            header.apply(Event::RowInserted);
            header.set_age(age);
        }
        if let Some(log) = self.undo_logs.last_mut() {
            log.note_added(self.slots.slot_ref(slot), generated.is_some());
        }
        self.is_there(slot);
    }

    fn finish_update(&mut self, slot: u32) {
        let (Some(object), Some(base)) = (self.slots.object_mut(slot), self.bases.remove(&slot))
        else {
            return;
        };
        object.bump_version();
        let (old, new) = (base.key(), object.key());
        if old != new {
            if let Some(old) = old {
                self.index.remove(&old, slot);
            }
            if let Some(new) = new {
                self.index.insert(new, slot);
            }
        }
        if let Some(header) = self.slots.header_mut(slot) {
            // The age stays the same, because the other columns were not read.
            header.set_touched(false);
        }
        if let Some(log) = self.undo_logs.last_mut() {
            log.note_updated(slot, base);
        }
    }

    /// Sets a reference that the database has changed. A rollback restores it.
    pub(super) fn take_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        let before = self.set_both_references(slot, foreign_key, to);
        if let (Some(before), Some(log)) = (before, self.undo_logs.last_mut()) {
            log.note_updated(slot, before);
        }
    }

    /// Sets a reference of an object and of the snapshot of its row. Returns the object as it was,
    /// or `None` if nothing has changed.
    pub(super) fn set_both_references(
        &mut self,
        slot: u32,
        foreign_key: usize,
        to: Reference<'_>,
    ) -> Option<T> {
        let object = self.slots.object_mut(slot)?;
        let before = object.snapshot();
        object.set_reference(foreign_key, to);
        if object.diff(&before).is_empty() {
            return None;
        }
        let (old, new) = (before.key(), object.key());
        if let Some(base) = self.bases.get_mut(&slot) {
            base.set_reference(foreign_key, to);
        }
        if old != new {
            if let Some(old) = old {
                self.index.remove(&old, slot);
            }
            if let Some(new) = new {
                self.index.insert(new, slot);
            }
        }
        Some(before)
    }

    /// Marks an object as deleted after its row was deleted. Until the transaction ends, a rollback
    /// restores the object.
    pub(crate) fn finish_delete(&mut self, slot: u32) {
        if let Some(key) = self.stored(slot).and_then(T::key) {
            self.index.remove(&key, slot);
        }
        if let Some(header) = self.slots.header_mut(slot) {
            header.apply(Event::RowDeleted);
            header.set_touched(false);
        }
        let base = self.bases.remove(&slot);
        if let Some(log) = self.undo_logs.last_mut() {
            if let Some(base) = base {
                log.note_updated(slot, base);
            }
            log.note_deleted(self.slots.slot_ref(slot));
        }
    }

    /// Forgets what was pending, after a successful flush. Objects that were accessed but not
    /// changed are clean.
    pub(super) fn forget_unchanged(&mut self) {
        self.pending.clear();
        self.delete_pending.clear();
        for slot in std::mem::take(&mut self.touched) {
            match self.slots.header_mut(slot) {
                // For example marked for deletion by a savepoint that was released; its state
                // stays.
                Some(header) if header.touched() => header.set_touched(false),
                _ => continue,
            }
            self.bases.remove(&slot);
        }
    }

    /// Removes the deleted objects, after the transaction was committed, and begins a new one.
    pub(super) fn commit(&mut self) {
        for log in std::mem::take(&mut self.undo_logs) {
            for slot_ref in log.into_deleted() {
                if self.slots.is_deleted(slot_ref) {
                    self.slots.remove(slot_ref.slot());
                }
            }
        }
        self.made.clear();
        self.undo_logs.push(UndoLog::begin());
        self.soft_deletes = SoftDeletes::default();
    }

    /// Restores objects to what they were when the innermost transaction scope began. Objects that
    /// were added in it become transient, and keep every edit.
    pub(super) fn roll_back(&mut self) {
        let Some(mut log) = self.undo_logs.pop() else { return };
        for (slot, generated) in log.take_added(&self.slots) {
            if let Some(key) = self.stored(slot).and_then(T::key) {
                self.index.remove(&key, slot);
            }
            self.bases.remove(&slot);
            if generated && let Some(object) = self.slots.object_mut(slot) {
                object.set_auto_key(None);
                self.lost_keys = true;
            }
            self.apply(slot, Event::InsertedRowRolledBack);
        }
        for slot in self.pending() {
            self.apply(slot, Event::AddRolledBack);
        }
        self.pending.clear();
        for slot in std::mem::take(&mut self.touched) {
            let Some(mut base) = self.bases.remove(&slot) else { continue };
            if let Some(object) = self.slots.object_mut(slot) {
                base.keep_skipped(object);
                *object = base;
            }
            if let Some(header) = self.slots.header_mut(slot) {
                header.set_touched(false);
            }
        }
        for slot in std::mem::take(&mut self.delete_pending) {
            self.apply(slot, Event::DeleteRolledBack);
        }
        let restored = log.roll_back(&mut self.slots, &mut self.index);
        self.unproven.extend(log.take_came(&self.slots));
        self.forget_made();
        self.undo_restores(&restored);
    }

    /// Changes the state of an object by an event. After that it no longer counts whether the
    /// object was accessed mutably.
    pub(super) fn apply(&mut self, slot: u32, event: Event) {
        let Some(header) = self.slots.header_mut(slot) else { return };
        let Some(state) = header.apply(event) else { return };
        header.set_touched(false);
        if state == State::Transient {
            self.given_up.now.push(self.slots.slot_ref(slot));
        }
    }

    /// Undoes the flushes of the innermost transaction scope, and keeps every edit.
    pub(super) fn revert_flush(&mut self) {
        let Some(log) = self.undo_logs.last_mut() else { return };
        self.unproven.extend(log.take_came(&self.slots));
        let (pending, delete_pending) =
            log.revert_flush(&mut self.slots, &mut self.index, &mut self.bases, &mut self.touched);
        self.given_up.now.extend(log.take_abandoned());
        // They were added before the objects that are pending now.
        let again = pending.into_iter().map(|slot| self.slots.slot_ref(slot));
        self.pending.splice(0..0, again);
        self.lost_keys |= T::META.auto_key;
        self.delete_pending.extend(delete_pending);
        self.forget_made();
        self.undo_restores(&[]);
    }

    /// Forgets every object, and frees the memory. The map takes a new number, so that old handles
    /// find nothing.
    pub(super) fn clear_all(&mut self) {
        self.slots = Slots::default();
        self.has_created_here = false;
        self.absent = Vec::new();
        self.cohorts = Default::default();
        self.arrivals = self.arrivals.as_ref().map(|_| Default::default());
        self.index = Default::default();
        self.equal_keys = Default::default();
        self.bases = BySlot::default();
        self.touched = Vec::new();
        self.pending = Vec::new();
        self.delete_pending = Vec::new();
        self.made = BySlot::default();
        self.unproven = Default::default();
        self.given_up = GivenUp::default();
        self.soft_deletes = SoftDeletes::default();
        for log in &mut self.undo_logs {
            log.forget_all();
        }
    }
}
