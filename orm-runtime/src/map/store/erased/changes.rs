//! What a flush asks an arena for: what is pending, changed or to be deleted.

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
    /// Lets objects be completed, judged and changed by their hooks before a plan is made of them.
    /// Answers the first that may not be written.
    fn prepare(&mut self, map: MapId) -> Result<(), (u32, ValidationError)>;
    /// Objects to insert, as they were added.
    fn pending(&self) -> Vec<u32>;
    /// Whether an object waits to be inserted.
    fn is_pending(&self, slot: u32) -> bool;
    /// Touched objects that differ from their rows, with the columns that do, by stored key.
    fn changed(&self) -> Vec<(u32, ColumnSet)>;
    /// Pending and touched objects, whose references may differ from their rows.
    fn waiting(&self) -> Vec<u32>;
    /// Those of them that are stored.
    fn touched(&self) -> Vec<u32>;
    /// Whether an object differs from the image of its row.
    fn is_edited(&self, slot: u32) -> bool;
    fn is_clean(&self) -> bool;
    /// The columns that an INSERT of the object gives.
    fn insert_columns(&self, slot: u32) -> ColumnSet;
    /// A deferred column without a value that an INSERT of the object needs.
    fn unset_column(&self, slot: u32) -> Option<Unset>;
    /// The slot of the object marked for deletion whose row a new object takes over, and what is to be written: what
    /// differs, and all that was given where the row was read before the horizon.
    fn switches_with(&self, slot: u32, horizon: u32) -> Option<(u32, ColumnSet)>;
    /// Puts updates that change keys into an order in which no key is taken twice.
    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges;
    /// Objects to delete, by stored key.
    fn delete_pending(&self) -> Vec<u32>;
    /// Whether the row of an object that is marked for deletion is to go even where deleted rows are kept.
    fn is_purged(&self, slot: u32) -> bool;
    /// Marks an object for deletion, for good where deleted rows are kept otherwise; answers whether it
    /// was not before.
    fn mark_for_deletion(&mut self, slot: u32, for_good: bool) -> bool;
    /// Takes that back.
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
            // Somebody else may have changed the row since.
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
            // Where its row was undone meanwhile, it is new again.
            self.add_again(slot);
        } else if let Some(header) = self.slots.header_mut(slot) {
            // It is in the list of what is to be inserted still, at its place.
            header.apply(Event::AddAgain);
        }
    }
}
