//! Deleted rows that are kept: which of them are to go all the same, and whose objects come back when
//! their rows are read again.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use super::arena::Arena;
use super::facts::STALE;
use super::journal::Revived;
use super::slot::State;
use crate::mapping::{Entity, IndexByKey};

/// What is known of the deleted rows of one entity.
#[derive(Debug)]
pub(crate) struct Kept<K> {
    /// Doomed objects whose rows are to go for good; also when they are gone, for the database may undo
    /// it.
    purged: BTreeSet<u32>,
    /// Objects whose rows were marked as deleted in this transaction, and in which of its levels.
    buried: HashMap<K, (u32, usize)>,
}

impl<K> Default for Kept<K> {
    fn default() -> Self {
        Kept { purged: BTreeSet::new(), buried: HashMap::new() }
    }
}

impl<K: Eq + Hash> Kept<K> {
    pub(super) fn is_purged(&self, slot: u32) -> bool {
        self.purged.contains(&slot)
    }

    /// Forgets an object that leaves the session.
    pub(super) fn forget(&mut self, slot: u32) {
        self.purged.remove(&slot);
        if !self.buried.is_empty() {
            self.buried.retain(|_, (buried, _)| *buried != slot);
        }
    }
}

impl<T: Entity> Arena<T> {
    /// Marks an object for deletion for good.
    pub(crate) fn purge(&mut self, slot: u32) -> bool {
        let deleted = self.delete(slot);
        if deleted && T::META.soft_delete.is_some() {
            self.kept.purged.insert(slot);
        }
        deleted
    }

    /// The object is not to be deleted after all.
    pub(super) fn unpurge(&mut self, slot: u32) {
        self.kept.purged.remove(&slot);
    }

    /// Whether the row was marked as deleted in this transaction.
    pub(crate) fn is_buried(&self, slot: u32) -> bool {
        self.kept.buried.values().any(|(buried, _)| *buried == slot)
    }

    /// The row is marked as deleted, and still there: when it is read again, the object is found.
    pub(super) fn finish_soft_delete(&mut self, slot: u32) {
        if let Some(key) = self.stored(slot).and_then(T::key) {
            self.kept.buried.insert(key, (slot, self.levels.len()));
        }
        self.finish_delete(slot);
    }

    /// The object of a row that was marked as deleted in this transaction is stored as any other once
    /// the row is read again, until a rollback; it is stale, so that it takes the values of the row.
    pub(super) fn exhume(&mut self, key: &T::Key) {
        if self.kept.buried.is_empty() || self.index.get(key).is_some() {
            return;
        }
        let Some((slot, depth)) = self.kept.buried.remove(key) else { return };
        let seat = self.slots.seat(slot);
        if !self.slots.is_deleted(seat) {
            return;
        }
        self.mark(slot, State::Persistent);
        if let Some(mark) = self.slots.slot_mut(slot) {
            mark.set_age(STALE);
        }
        self.index.insert(key.clone(), slot);
        let here = self.levels.len();
        let image = self.slots.object(slot).map(T::snapshot);
        if let (Some(level), Some(image)) = (self.levels.last_mut(), image) {
            level.note_updated(slot, image);
            if depth < here {
                level.note_revived(Revived { seat, depth });
            }
        }
    }

    /// After a rollback: what was revived in it is deleted again, and what is deleted no more is
    /// forgotten here.
    pub(super) fn bury_again(&mut self, revived: &[Revived]) {
        for &Revived { seat, depth } in revived {
            if let Some(key) = self.stored(seat.slot).and_then(T::key) {
                self.kept.buried.insert(key, (seat.slot, depth));
            }
        }
        let slots = &self.slots;
        let state = |slot: u32| slots.slot(slot).map(|mark| mark.state());
        let Kept { purged, buried } = &mut self.kept;
        purged.retain(|&slot| matches!(state(slot), Some(State::Doomed | State::Deleted)));
        buried.retain(|_, (slot, _)| state(*slot) == Some(State::Deleted));
    }

    /// A level was released into the one around it.
    pub(super) fn release_kept(&mut self) {
        let here = self.levels.len();
        for (_, depth) in self.kept.buried.values_mut() {
            *depth = here.min(*depth);
        }
        if let Some(level) = self.levels.last_mut() {
            level.forget_revived_from(here);
        }
    }
}
