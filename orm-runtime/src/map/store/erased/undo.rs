//! What transactions and failed flushes do to an arena.

use super::Flushed;
use crate::map::store::arena::Arena;
use crate::map::store::undo_log::UndoLog;
use crate::mapping::Entity;

/// What a flush has done to the objects of an arena, and how it is undone.
pub(crate) trait Undo {
    fn flushed(&mut self, slot: u32, how: Flushed, age: u32);
    fn clear_unchanged(&mut self);
    fn begin_undo_log(&mut self);
    fn release_undo_log(&mut self);
    fn commit_undo_log(&mut self);
    fn roll_back_undo_log(&mut self);
    fn revert_flush(&mut self);
    /// Returns the objects whose rows the innermost transaction scope has inserted, and that are
    /// deleted now, or by the next flush.
    fn inserted_and_deleted(&self) -> Vec<u32>;
    /// Returns the objects whose keys the innermost transaction scope has changed.
    fn rekeyed_in_scope(&self) -> Vec<u32>;
    /// Returns `true` if undoing the innermost transaction scope restores the values of an object.
    fn is_restored(&self, slot: u32) -> bool;
    fn has_unproven(&self) -> bool;
    fn is_unproven(&self, slot: u32) -> bool;
    fn unproven_waiting(&self) -> Vec<u32>;
    fn give_up_unproven(&mut self, slot: u32);
    fn has_given_up(&self) -> bool;
    /// Returns the transient objects that are still in the map.
    fn transient(&self) -> Vec<u32>;
    fn take_given_up(&mut self) -> Vec<u32>;
    /// Makes an object pending again whose INSERT was rolled back. Returns `false` if it is not
    /// such an object.
    fn bring_back(&mut self, slot: u32) -> bool;
}

impl<T: Entity> Undo for Arena<T> {
    fn flushed(&mut self, slot: u32, how: Flushed, age: u32) {
        self.finish(slot, how, age);
    }

    fn clear_unchanged(&mut self) {
        self.forget_unchanged();
    }

    fn begin_undo_log(&mut self) {
        self.undo_logs.push(UndoLog::begin());
    }

    fn release_undo_log(&mut self) {
        if let Some(inner) = self.undo_logs.pop()
            && let Some(outer) = self.undo_logs.last_mut()
        {
            inner.release_into(outer);
            self.release_kept();
        }
    }

    fn commit_undo_log(&mut self) {
        self.commit();
    }

    fn roll_back_undo_log(&mut self) {
        self.roll_back();
    }

    fn revert_flush(&mut self) {
        self.revert_flush();
    }

    fn inserted_and_deleted(&self) -> Vec<u32> {
        self.undo_logs.last().map_or_else(Vec::new, |log| log.inserted_and_deleted(&self.slots))
    }

    fn rekeyed_in_scope(&self) -> Vec<u32> {
        let log = self.undo_logs.last().filter(|_| !T::META.auto_key);
        let Some(log) = log else { return Vec::new() };
        let is_rekeyed = |(slot, before): (&u32, &T)| {
            (self.stored(*slot).and_then(T::key) != before.key()).then_some(*slot)
        };
        let mut rekeyed: Vec<u32> = log.images().filter_map(is_rekeyed).collect();
        rekeyed.sort_unstable();
        rekeyed
    }

    fn is_restored(&self, slot: u32) -> bool {
        self.undo_logs.last().is_some_and(|log| log.image(slot).is_some())
    }

    fn has_unproven(&self) -> bool {
        !self.unproven.is_empty()
    }

    fn is_unproven(&self, slot: u32) -> bool {
        self.unproven.contains(&slot)
    }

    fn unproven_waiting(&self) -> Vec<u32> {
        Arena::unproven_waiting(self)
    }

    fn give_up_unproven(&mut self, slot: u32) {
        self.give_up(slot);
    }

    fn has_given_up(&self) -> bool {
        !self.given_up.now.is_empty()
    }

    fn transient(&self) -> Vec<u32> {
        Arena::transient(self)
    }

    fn take_given_up(&mut self) -> Vec<u32> {
        Arena::take_given_up(self)
    }

    fn bring_back(&mut self, slot: u32) -> bool {
        let back = self.add_again(slot);
        // A rollback has kept the edits of the object, which may have been made in between.
        if back && let Some((_, reference_changed)) = &mut self.arrivals {
            reference_changed.push(slot);
        }
        back
    }
}
