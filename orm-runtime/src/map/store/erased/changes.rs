//! The changes of an arena for a flush: pending, changed and deleted objects.

use super::Rows;
use super::Unset;
use crate::error::Result;
use crate::error::ValidationError;
use crate::handle::MapId;
use crate::map::store::arena::Arena;
use crate::map::store::slot::SlotRef;
use crate::map::store::states::{Event, State};
use crate::map::store::table_keys::KeyChanges;
use crate::mapping::ColumnSet;
use crate::mapping::Wholes;
use crate::mapping::{Entity, IndexByKey};

/// The pending changes of an arena.
pub(crate) trait Changes {
    /// Lets hooks complete, check and change objects before the flush is planned. Returns the first
    /// object that may not be written.
    fn prepare(&mut self, map: MapId) -> Result<(), (u32, ValidationError)>;
    /// Returns the objects to insert, in the order in which they were added.
    fn pending(&self) -> Vec<u32>;
    /// Returns `true` if an object is pending.
    fn is_pending(&self, slot: u32) -> bool;
    /// Returns the objects that differ from their rows, with the columns that do, by stored key.
    fn changed(&self) -> Vec<(u32, ColumnSet)>;
    /// Returns pending objects and objects that were accessed mutably, whose references may differ
    /// from their rows.
    fn waiting(&self) -> Vec<u32>;
    /// Returns the stored objects that were accessed mutably.
    fn touched(&self) -> Vec<u32>;
    /// Returns `true` if an object differs from the snapshot of its row.
    fn is_edited(&self, slot: u32) -> bool;
    fn is_clean(&self) -> bool;
    /// Returns the columns that an INSERT of the object gives.
    fn insert_columns(&self, slot: u32) -> ColumnSet;
    /// Returns a deferred column without a value that an INSERT of the object needs.
    fn unset_column(&self, slot: u32) -> Option<Unset>;
    /// Returns the slot of the object marked for deletion whose row a new object takes over, and
    /// the columns to write: the columns that differ, and all given columns if the row was read
    /// before the horizon.
    fn switches_with(&self, slot: u32, horizon: u32) -> Option<(u32, ColumnSet)>;
    /// Orders updates that change keys so that no key is taken before it is free.
    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges;
    /// Returns the objects to delete, by stored key.
    fn delete_pending(&self) -> Vec<u32>;
    /// Returns `true` if an object is marked for deletion and its row is removed even if the entity
    /// has soft deletes.
    fn is_purged(&self, slot: u32) -> bool;
    /// Marks an object for deletion. With `for_good` the row is removed even if the entity has soft
    /// deletes. Returns `true` if the object was not marked before.
    fn mark_for_deletion(&mut self, slot: u32, for_good: bool) -> bool;
    /// Cancels a mark for deletion.
    fn unmark_for_deletion(&mut self, slot: u32, before: State);
}

impl<T: Entity> Changes for Arena<T> {
    fn prepare(&mut self, map: MapId) -> Result<(), (u32, ValidationError)> {
        if T::HAS_COLLECTIONS {
            self.check_collections(map)?;
        }
        if T::PREPARES { self.prepare_objects() } else { Ok(()) }
    }

    fn pending(&self) -> Vec<u32> {
        let waits = |slot_ref: &&SlotRef| {
            self.slots.is_taken(**slot_ref)
                && self.slots.header(slot_ref.slot()).is_some_and(|header| header.is_pending())
        };
        self.pending.iter().filter(waits).map(|slot_ref| slot_ref.slot()).collect()
    }

    fn is_pending(&self, slot: u32) -> bool {
        self.slots.header(slot).is_some_and(|header| header.is_pending())
    }

    fn changed(&self) -> Vec<(u32, ColumnSet)> {
        self.changed_by_key()
    }

    fn waiting(&self) -> Vec<u32> {
        self.pending().into_iter().chain(Changes::touched(self)).collect()
    }

    fn touched(&self) -> Vec<u32> {
        let touched = |&slot: &u32| self.slots.header(slot).is_some_and(|header| header.touched());
        self.touched.iter().copied().filter(touched).collect()
    }

    fn is_edited(&self, slot: u32) -> bool {
        Arena::is_edited(self, slot)
    }

    fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.touched.is_empty() && self.delete_pending.is_empty()
    }

    fn insert_columns(&self, slot: u32) -> ColumnSet {
        let Some(object) = self.slots.object(slot) else { return ColumnSet::EMPTY };
        let unset = self.optional.iter().filter(|&&column| !object.is_set(column));
        unset.fold(self.has(slot), |given, &column| given.without(column))
    }

    fn unset_column(&self, slot: u32) -> Option<Unset> {
        let object = self.slots.object(slot)?;
        let has = self.has(slot);
        let deferred = self.optional.iter().filter(|&&column| {
            T::META.columns[column].deferred && has.contains(column) && !object.is_set(column)
        });
        let unset = |&column: &usize| Unset { column, left_out: object.left_out(column) };
        deferred
            .map(unset)
            .find(|unset| unset.left_out.is_some() || !T::META.columns[unset.column].nullable)
    }

    fn switches_with(&self, slot: u32, horizon: u32) -> Option<(u32, ColumnSet)> {
        if self.delete_pending.is_empty() {
            return None;
        }
        let object = self.slots.object(slot)?;
        let other = self.index.get(&object.key()?)?;
        let header = self.slots.header(other)?;
        (header.state() == State::DeletePending).then_some(())?;
        let mut changed = object.diff(self.stored(other)?);
        if header.age() < horizon {
            // Another session may have changed the row since.
            let given = self.insert_columns(slot);
            let kind = T::META.hierarchy.map(|hierarchy| hierarchy.discriminator);
            let stays = |column: usize| T::META.key.contains(&column) || kind == Some(column);
            let given = given.iter().filter(|&column| !stays(column));
            changed = given.fold(changed, |changed, column| changed.with(column, true));
        }
        Some((other, Wholes::of(T::META).with(changed, || self.insert_columns(slot))))
    }

    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges {
        self.order_by_freed_key(slots)
    }

    fn delete_pending(&self) -> Vec<u32> {
        self.deletions_by_key()
    }

    fn is_purged(&self, slot: u32) -> bool {
        self.soft_deletes.is_purged(slot)
    }

    fn mark_for_deletion(&mut self, slot: u32, for_good: bool) -> bool {
        let before = self.slots.header(slot).map(|header| header.state());
        let delete_pending = if for_good { self.purge(slot) } else { self.delete(slot) };
        delete_pending && before.is_some_and(State::is_present)
    }

    fn unmark_for_deletion(&mut self, slot: u32, before: State) {
        self.unpurge(slot);
        if before.is_stored() {
            // If the INSERT of its row was undone meanwhile, it is new again.
            self.add_again(slot);
        } else if let Some(header) = self.slots.header_mut(slot) {
            // It is still in the list of pending objects, at its position.
            header.apply(Event::AddAgain);
        }
    }
}
