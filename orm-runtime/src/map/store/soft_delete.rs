//! Soft-deleted rows: which of them are removed after all, and whose objects are restored when
//! their rows are read again.

use super::arena_state::SoftDeletes;

use super::ages::STALE;
use super::arena::Arena;
use super::states::{Event, State};
use super::undo_log::Restored;
use crate::mapping::{Entity, IndexByKey};

impl<T: Entity> Arena<T> {
    /// Marks an object for a deletion that removes the row.
    pub(crate) fn purge(&mut self, slot: u32) -> bool {
        let deleted = self.delete(slot);
        if deleted && T::META.soft_delete.is_some() {
            self.soft_deletes.purged.insert(slot);
        }
        deleted
    }

    /// Forgets that the row was to be removed, because the object is not deleted.
    pub(super) fn unpurge(&mut self, slot: u32) {
        self.soft_deletes.purged.remove(&slot);
    }

    /// Returns `true` if the row was soft-deleted in this transaction.
    pub(crate) fn is_soft_deleted(&self, slot: u32) -> bool {
        self.soft_deletes.soft_deleted.values().any(|(soft_deleted, _)| *soft_deleted == slot)
    }

    /// Marks an object as deleted after its row was soft-deleted. The row still exists: when it is
    /// read again, this object is found.
    pub(super) fn finish_soft_delete(&mut self, slot: u32) {
        if let Some(key) = self.stored(slot).and_then(T::key) {
            self.soft_deletes.soft_deleted.insert(key, (slot, self.undo_logs.len()));
        }
        self.finish_delete(slot);
    }

    /// Restores the object of a row that was soft-deleted in this transaction and is now read
    /// again. It is stored like any other until a rollback, and stale, so that it takes the values
    /// of the row.
    pub(super) fn restore(&mut self, key: &T::Key) {
        if self.soft_deletes.soft_deleted.is_empty() || self.index.get(key).is_some() {
            return;
        }
        let Some((slot, depth)) = self.soft_deletes.soft_deleted.remove(key) else { return };
        let slot_ref = self.slots.slot_ref(slot);
        if !self.slots.is_deleted(slot_ref) {
            return;
        }
        self.apply(slot, Event::SoftDeletedRowRead);
        if let Some(header) = self.slots.header_mut(slot) {
            header.set_age(STALE);
        }
        self.index.insert(key.clone(), slot);
        let here = self.undo_logs.len();
        let image = self.slots.object(slot).map(T::snapshot);
        if let (Some(log), Some(image)) = (self.undo_logs.last_mut(), image) {
            log.note_updated(slot, image);
            if depth < here {
                log.note_restored(Restored { slot_ref, depth });
            }
        }
    }

    /// Marks restored objects as deleted again after a rollback, and forgets objects that are no
    /// longer deleted.
    pub(super) fn undo_restores(&mut self, restored: &[Restored]) {
        for &Restored { slot_ref, depth } in restored {
            if let Some(key) = self.stored(slot_ref.slot()).and_then(T::key) {
                self.soft_deletes.soft_deleted.insert(key, (slot_ref.slot(), depth));
            }
        }
        let slots = &self.slots;
        let state = |slot: u32| slots.header(slot).map(|header| header.state());
        let SoftDeletes { purged, soft_deleted } = &mut self.soft_deletes;
        purged.retain(|&slot| state(slot).is_some_and(State::is_deleted));
        soft_deleted.retain(|_, (slot, _)| state(*slot) == Some(State::Deleted));
    }

    /// Moves the records of a savepoint that was released to the scope around it.
    pub(super) fn release_kept(&mut self) {
        let here = self.undo_logs.len();
        for (_, depth) in self.soft_deletes.soft_deleted.values_mut() {
            *depth = here.min(*depth);
        }
        if let Some(log) = self.undo_logs.last_mut() {
            log.forget_revived_from(here);
        }
    }
}
