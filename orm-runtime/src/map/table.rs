//! What the plan and the session see of an arena whatever its entity: this is where the code that
//! is the same for all entities meets the code that is not.

use std::any::Any;

use diesel::QueryResult;

use super::arena::{Adopt, Arena};
use super::slot::{Seat, Slot, State};
use super::table_keys::{BindKey, KeyChanges, KeyFinder, KeyList, KeyOf, KeysOf};
use crate::backend::{Fragment, Pass, Row};
use crate::error::Result;
use crate::mapping::{ColumnSet, Entity, EntityMeta, IndexByKey, Invalid, Reference};

/// What a flush did to a row, told to the arena when the whole flush has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Inserted, with the key that the database made.
    Inserted(Option<i64>),
    /// Updated.
    Updated,
    /// Deleted.
    Deleted,
    /// Marked as deleted, and kept.
    SoftDeleted,
    /// Takes over the row of a deleted object with the same key, in this slot; whether there was
    /// anything to write.
    Switched { old: u32, written: bool },
}

/// An arena without its type.
pub(crate) trait Table: Any + Send {
    fn meta(&self) -> &'static EntityMeta;
    fn slot(&self, slot: u32) -> Option<Slot>;

    /// Lets objects be completed, judged and changed by their hooks before a plan is made of them.
    /// Answers the first that may not be written.
    fn prepare(&mut self) -> Result<(), (u32, Invalid)>;

    // What the plan asks.
    /// Objects to insert, as they were added.
    fn pending(&self) -> Vec<u32>;
    /// Touched objects that differ from their rows, with the columns that do, by stored key.
    fn changed(&self) -> Vec<(u32, ColumnSet)>;
    /// Objects to delete, by stored key.
    fn doomed(&self) -> Vec<u32>;
    /// Whether a doomed object's row is to go even where deleted rows are kept.
    fn is_purged(&self, slot: u32) -> bool;
    /// The columns that an INSERT of the object gives.
    fn given(&self, slot: u32) -> ColumnSet;
    /// The slot of the doomed object whose row a new object takes over, and what differs.
    fn switches_with(&self, slot: u32) -> Option<(u32, ColumnSet)>;
    /// Puts updates that change keys into an order in which no key is taken twice.
    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges;
    fn payload(&self, slot: u32) -> usize;
    fn unset_column(&self, slot: u32) -> Option<usize>;
    fn is_clean(&self) -> bool;

    // References and collections.
    /// The slot as long as its object is in it.
    fn seat(&self, slot: u32) -> Seat;
    /// Where a foreign key of an object leads.
    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// The same for its row.
    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_>;
    /// Makes a foreign key of an object lead elsewhere, as an edit of the user's does.
    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// Completes what a foreign key says, which leads where it led before: no edit.
    fn complete_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>);
    /// The slot of the row with this key, which is of the entity's key type.
    fn find_key(&self, key: &dyn Any) -> Option<u32>;
    /// The key that an object has now.
    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>>;
    /// Whether an object has a key.
    fn has_key(&self, slot: u32) -> bool;
    /// Finds new objects by the keys that they were given.
    fn new_by_key(&self) -> KeyFinder;
    /// Gives an object the key that the database made, or takes it back.
    fn set_auto_key(&mut self, slot: u32, key: Option<i64>);
    /// Whether objects have lost keys since this was asked last.
    fn take_lost_keys(&mut self) -> bool;
    /// Keys of the entity's key type, each once and in order, without those of objects that are current
    /// or have edits; with the highest horizon, all of them.
    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList>;
    /// Whether two slots of objects are in order of their keys.
    fn compare_keys(&self, a: u32, b: u32) -> std::cmp::Ordering;
    /// Pending and touched objects, whose references may differ from their rows.
    fn waiting(&self) -> Vec<u32>;
    /// All objects that are stored or wait to be.
    fn present(&self) -> Vec<u32>;
    /// All objects, whatever their state.
    fn all(&self) -> Vec<u32>;
    /// From now on objects that come from the database are noted.
    fn watch(&mut self);
    /// Whether there may be objects that came into being in this session.
    fn has_born(&self) -> bool;
    /// Takes no stored object any more for one that came into being in this session.
    fn forget_born(&mut self);
    /// The objects that came since, and those whose references the database has changed.
    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>);
    /// Stored objects that were loaded together with this one, itself included.
    fn cohort(&self, slot: u32) -> Vec<u32>;
    /// Brings a row into the map.
    fn adopt(&mut self, row: &mut Row<'_, '_>, how: &Adopt) -> Result<Option<u32>>;
    /// Whether an object waits to be inserted.
    fn is_pending(&self, slot: u32) -> bool;
    /// Marks an object for deletion, for good where deleted rows are kept otherwise; answers whether it
    /// was not before.
    fn doom(&mut self, slot: u32, for_good: bool) -> bool;
    /// Takes that back.
    fn undoom(&mut self, slot: u32, before: State);

    // What statements ask.
    fn bind<'b>(
        &'b self,
        slot: u32,
        columns: ColumnSet,
        pass: &mut Pass<'_, 'b>,
    ) -> QueryResult<()>;
    fn bind_stored<'b>(
        &'b self,
        slot: u32,
        column: usize,
        pass: &mut Pass<'_, 'b>,
    ) -> QueryResult<()>;
    fn push_json_key(&self, slot: u32, json: &mut String) -> bool;
    /// The time that is written when rows are deleted that are kept.
    fn deletion(&self) -> Option<Box<dyn Fragment>>;
    fn key_text(&self, slot: u32) -> Option<String>;
    /// The text of the key with which a row begins.
    fn leading_key_text(&self, row: &mut Row<'_, '_>) -> Result<String>;
    /// The keys of stored objects, apart from the map.
    fn stored_keys(&self, slots: &[u32]) -> Box<dyn KeyList>;
    /// Reads columns that the database has made from a row that begins with the key.
    fn read_back(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
        inserted: bool,
    ) -> Result<()>;
    /// The key at which the `n`-th row waits while others trade keys.
    fn parking_key(&self, n: u32) -> Option<Box<dyn BindKey>>;

    // Transactions.
    fn flushed(&mut self, slot: u32, how: Flushed, age: u32);
    fn clear_unchanged(&mut self);
    fn begin_level(&mut self, age: u32);
    fn release_level(&mut self);
    fn commit_level(&mut self, age: u32);
    fn roll_back_level(&mut self);
    fn unflush_level(&mut self);

    // Leaving.
    /// Takes an object out for good.
    fn evict(&mut self, slot: u32);
    fn clear(&mut self);
    fn len(&self) -> usize;
    fn reset_ages(&mut self);
}

impl<T: Entity> Table for Arena<T> {
    fn meta(&self) -> &'static EntityMeta {
        T::META
    }

    fn slot(&self, slot: u32) -> Option<Slot> {
        self.slots.slot(slot).copied().filter(|mark| mark.state() != State::Vacant)
    }

    fn prepare(&mut self) -> Result<(), (u32, Invalid)> {
        if T::PREPARES { self.prepare_objects() } else { Ok(()) }
    }

    fn pending(&self) -> Vec<u32> {
        let waits = |seat: &&Seat| {
            self.slots.is_taken(**seat)
                && self.slots.slot(seat.slot).is_some_and(|mark| mark.state() == State::Pending)
        };
        self.pending.iter().filter(waits).map(|seat| seat.slot).collect()
    }

    fn changed(&self) -> Vec<(u32, ColumnSet)> {
        self.changed_by_key()
    }

    fn doomed(&self) -> Vec<u32> {
        self.doomed_by_key()
    }

    fn is_purged(&self, slot: u32) -> bool {
        self.kept.is_purged(slot)
    }

    fn given(&self, slot: u32) -> ColumnSet {
        let Some(object) = self.slots.object(slot) else { return ColumnSet::EMPTY };
        let unset = self.optional.iter().filter(|&&column| !object.is_set(column));
        unset.fold(ColumnSet::first(T::META.columns.len()), |given, &column| given.without(column))
    }

    fn switches_with(&self, slot: u32) -> Option<(u32, ColumnSet)> {
        if self.doomed.is_empty() {
            return None;
        }
        let object = self.slots.object(slot)?;
        let other = self.index.get(&object.key()?)?;
        let doomed = self.slots.slot(other)?.state() == State::Doomed;
        doomed.then_some(())?;
        Some((other, object.diff(self.stored(other)?)))
    }

    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges {
        self.order_by_freed_key(slots)
    }

    fn payload(&self, slot: u32) -> usize {
        self.slots.object(slot).map_or(0, T::payload)
    }

    fn unset_column(&self, slot: u32) -> Option<usize> {
        let object = self.slots.object(slot)?;
        let auto = T::META.auto_column();
        let mut needed = self
            .optional
            .iter()
            .copied()
            .filter(|&column| Some(column) != auto)
            .filter(|&column| !T::META.columns[column].nullable)
            .filter(|&column| !T::META.columns[column].read_back);
        needed.find(|&column| !object.is_set(column))
    }

    fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.touched.is_empty() && self.doomed.is_empty()
    }

    fn bind<'b>(
        &'b self,
        slot: u32,
        columns: ColumnSet,
        pass: &mut Pass<'_, 'b>,
    ) -> QueryResult<()> {
        let object = self.slots.object(slot).ok_or(diesel::result::Error::NotFound)?;
        columns.iter().try_for_each(|column| object.bind(column, pass))
    }

    fn bind_stored<'b>(
        &'b self,
        slot: u32,
        column: usize,
        pass: &mut Pass<'_, 'b>,
    ) -> QueryResult<()> {
        self.stored(slot).ok_or(diesel::result::Error::NotFound)?.bind(column, pass)
    }

    fn push_json_key(&self, slot: u32, json: &mut String) -> bool {
        use crate::mapping::Key;
        self.stored(slot).and_then(T::key).is_some_and(|key| key.push_json(json))
    }

    fn deletion(&self) -> Option<Box<dyn Fragment>> {
        T::deletion()
    }

    fn key_text(&self, slot: u32) -> Option<String> {
        let key = self.stored(slot)?.key()?;
        Some(format!("{key:?}"))
    }

    fn leading_key_text(&self, row: &mut Row<'_, '_>) -> Result<String> {
        let key = T::decode_leading_key(row)
            .map_err(|error| super::arena::decode_error::<T>(None, row, 0, error))?;
        Ok(format!("{key:?}"))
    }

    fn stored_keys(&self, slots: &[u32]) -> Box<dyn KeyList> {
        Box::new(KeysOf::<T>(slots.iter().filter_map(|&slot| self.stored_key(slot)).collect()))
    }

    fn read_back(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
        inserted: bool,
    ) -> Result<()> {
        self.read_made(row, columns, inserted)
    }

    fn seat(&self, slot: u32) -> Seat {
        self.slots.seat(slot)
    }

    fn reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.slots.object(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn stored_reference(&self, slot: u32, foreign_key: usize) -> Reference<'_> {
        self.stored(slot).map_or(Reference::NULL, |object| object.reference(foreign_key))
    }

    fn edit_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        let generation = self.generation(slot);
        if let Some(object) = self.touch(slot, generation) {
            object.set_reference(foreign_key, to);
        }
    }

    fn complete_reference(&mut self, slot: u32, foreign_key: usize, to: Reference<'_>) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_reference(foreign_key, to);
        }
    }

    fn find_key(&self, key: &dyn Any) -> Option<u32> {
        self.index.get(key.downcast_ref()?)
    }

    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>> {
        Some(Box::new(self.slots.object(slot)?.key()?))
    }

    fn has_key(&self, slot: u32) -> bool {
        self.slots.object(slot).is_some_and(|object| object.key().is_some())
    }

    fn new_by_key(&self) -> KeyFinder {
        let key = |slot: u32| Some((self.slots.object(slot)?.key()?, slot));
        KeyFinder::new(self.pending().into_iter().filter_map(key))
    }

    fn set_auto_key(&mut self, slot: u32, key: Option<i64>) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_auto_key(key);
        }
    }

    fn take_lost_keys(&mut self) -> bool {
        std::mem::take(&mut self.lost_keys)
    }

    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList> {
        let lacks = |key: &&T::Key| {
            let slot = self.index.get(key).and_then(|slot| self.slots.slot(slot));
            slot.is_none_or(|mark| mark.age() < horizon && (!mark.touched() || horizon == u32::MAX))
        };
        let keys = keys.iter().filter_map(|key| key.downcast_ref::<T::Key>());
        let mut keys: Vec<T::Key> = keys.filter(lacks).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        Box::new(KeysOf::<T>(keys))
    }

    fn compare_keys(&self, a: u32, b: u32) -> std::cmp::Ordering {
        let key = |slot: u32| self.slots.object(slot).and_then(T::key);
        key(a).cmp(&key(b))
    }

    fn waiting(&self) -> Vec<u32> {
        let touched = self
            .touched
            .iter()
            .copied()
            .filter(|&slot| self.slots.slot(slot).is_some_and(|mark| mark.touched()));
        self.pending().into_iter().chain(touched).collect()
    }

    fn present(&self) -> Vec<u32> {
        let present = |state| matches!(state, State::Persistent | State::Pending);
        let slots = self.slots.iter().filter(|(_, mark)| present(mark.state()));
        slots.map(|(slot, _)| slot).collect()
    }

    fn all(&self) -> Vec<u32> {
        self.slots.iter().map(|(slot, _)| slot).collect()
    }

    fn watch(&mut self) {
        self.arrivals.get_or_insert_default();
    }

    fn has_born(&self) -> bool {
        self.has_born
    }

    fn forget_born(&mut self) {
        if !self.has_born {
            return;
        }
        self.slots.for_each_slot(|slot| {
            if !matches!(slot.state(), State::Pending | State::Transient) {
                slot.set_born(false);
            }
        });
    }

    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>) {
        self.arrivals.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn cohort(&self, slot: u32) -> Vec<u32> {
        self.cohorts
            .of(slot)
            .filter(|&slot| {
                self.slots.slot(slot).is_some_and(|mark| mark.state() == State::Persistent)
            })
            .collect()
    }

    fn adopt(&mut self, row: &mut Row<'_, '_>, how: &Adopt) -> Result<Option<u32>> {
        Arena::adopt(self, row, how)
    }

    fn is_pending(&self, slot: u32) -> bool {
        self.slots.slot(slot).is_some_and(|mark| mark.state() == State::Pending)
    }

    fn doom(&mut self, slot: u32, for_good: bool) -> bool {
        let before = self.slots.slot(slot).map(|mark| mark.state());
        let doomed = if for_good { self.purge(slot) } else { self.delete(slot) };
        doomed && matches!(before, Some(State::Persistent | State::Pending))
    }

    fn undoom(&mut self, slot: u32, before: State) {
        self.unpurge(slot);
        match self.slots.slot(slot).map(|mark| mark.state()) {
            // Its row was undone meanwhile: it is new again.
            Some(State::Transient) if before == State::Persistent => {
                self.add_again(slot);
            }
            Some(State::Doomed | State::Transient) => {
                if let Some(mark) = self.slots.slot_mut(slot) {
                    mark.set_state(before);
                }
            }
            _ => {}
        }
    }

    fn parking_key(&self, n: u32) -> Option<Box<dyn BindKey>> {
        use crate::mapping::Key;
        Some(Box::new(KeyOf::<T>(T::Key::parked(n)?)))
    }

    fn flushed(&mut self, slot: u32, how: Flushed, age: u32) {
        self.finish(slot, how, age);
    }

    fn clear_unchanged(&mut self) {
        self.forget_unchanged();
    }

    fn begin_level(&mut self, age: u32) {
        self.levels.push(super::journal::Level::begin(age));
    }

    fn release_level(&mut self) {
        if let Some(inner) = self.levels.pop()
            && let Some(outer) = self.levels.last_mut()
        {
            inner.release_into(outer);
            self.release_kept();
        }
    }

    fn commit_level(&mut self, age: u32) {
        self.commit(age);
    }

    fn roll_back_level(&mut self) {
        self.roll_back();
    }

    fn unflush_level(&mut self) {
        self.unflush();
    }

    fn evict(&mut self, slot: u32) {
        self.remove(slot);
    }

    fn clear(&mut self) {
        self.clear_all();
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn reset_ages(&mut self) {
        self.slots.for_each_slot(|slot| slot.set_age(0));
    }
}
