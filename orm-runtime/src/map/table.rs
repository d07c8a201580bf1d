//! What the plan and the session see of an arena whatever its entity: this is where the code that
//! is the same for all entities meets the code that is not.

use std::any::Any;

use diesel::QueryResult;

use super::arena::Arena;
use super::facts::STALE;
use super::linked::Linked;
use super::pairing::Pairing;
use super::slot::{SlotHeader, SlotRef, State};
use super::table_keys::{BindKey, KeyChanges, KeyList, KeyOf, KeysOf};
use crate::backend::{Fragment, Pass, Row};
use crate::error::{Invalid, Result};
use crate::handle::MapId;
use crate::mapping::{ColumnSet, Entity, EntityMeta, IndexByKey, LeftOut, Wholes};

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

/// A column of a new object that has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unset {
    pub(crate) column: usize,
    /// What is known of it where the object is a copy of a row that was read without it.
    pub(crate) left_out: LeftOut,
}

/// An arena without its type.
pub(crate) trait Table: Linked + Pairing + Any + Send {
    fn meta(&self) -> &'static EntityMeta;
    fn header(&self, slot: u32) -> Option<SlotHeader>;

    /// The columns that an object has: of a hierarchy those of its kind.
    fn has(&self, slot: u32) -> ColumnSet {
        let all = ColumnSet::first(self.meta().columns.len());
        self.meta().hierarchy.map_or(all, |hierarchy| hierarchy.levels[self.level(slot)].lineage)
    }

    /// The name of an object's entity: of a hierarchy that of its kind.
    fn name(&self, slot: u32) -> &'static str {
        self.meta().name_of(self.level(slot))
    }

    /// Lets objects be completed, judged and changed by their hooks before a plan is made of them.
    /// Answers the first that may not be written.
    fn prepare(&mut self, map: MapId) -> Result<(), (u32, Invalid)>;

    // What the plan asks.
    /// Objects to insert, as they were added.
    fn pending(&self) -> Vec<u32>;
    /// Touched objects that differ from their rows, with the columns that do, by stored key.
    fn changed(&self) -> Vec<(u32, ColumnSet)>;
    /// Objects to delete, by stored key.
    fn delete_pending(&self) -> Vec<u32>;
    /// Whether the row of an object that is marked for deletion is to go even where deleted rows are kept.
    fn is_purged(&self, slot: u32) -> bool;
    /// The columns that an INSERT of the object gives.
    fn given(&self, slot: u32) -> ColumnSet;
    /// The slot of the object marked for deletion whose row a new object takes over, and what is to be written: what
    /// differs, and all that was given where the row was read before the horizon.
    fn switches_with(&self, slot: u32, horizon: u32) -> Option<(u32, ColumnSet)>;
    /// Puts updates that change keys into an order in which no key is taken twice.
    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges;
    fn payload(&self, slot: u32) -> usize;
    /// A deferred column without a value that an INSERT of the object needs.
    fn unset_column(&self, slot: u32) -> Option<Unset>;
    fn is_clean(&self) -> bool;
    /// Whether a foreign key of an object leads nowhere, and none does that could be in its place.
    fn leads_nowhere(&self, slot: u32, foreign_key: usize) -> bool {
        let mut alternatives = self.meta().alternatives(foreign_key);
        alternatives.all(|n| self.reference(slot, n).is_null())
    }

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
    /// Whether an UPDATE would count the version past the end of its type.
    fn has_last_version(&self, slot: u32) -> bool;
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
    fn begin_level(&mut self);
    fn release_level(&mut self);
    fn commit_level(&mut self);
    fn roll_back_level(&mut self);
    fn revert_flush(&mut self);

    // Objects without rows.
    /// The stored object that has the key of another one.
    fn holder_of_key(&self, slot: u32) -> Option<u32>;
    fn has_unproven(&self) -> bool;
    fn is_unproven(&self, slot: u32) -> bool;
    fn unproven_waiting(&self) -> Vec<u32>;
    /// Whether an object differs from the image of its row.
    fn is_edited(&self, slot: u32) -> bool;
    fn give_up_unproven(&mut self, slot: u32);
    fn has_given_up(&self) -> bool;
    /// The transient objects that are remembered.
    fn transient(&self) -> Vec<u32>;
    fn take_given_up(&mut self) -> Vec<u32>;

    // Leaving.
    /// Takes an object out for good.
    fn evict(&mut self, slot: u32);
    fn clear(&mut self);
    fn len(&self) -> usize;
    /// Makes an object stale.
    fn expire(&mut self, slot: u32);
    /// Stops believing what was read at this age or later.
    fn disbelieve_since(&mut self, began: u32);
}

impl<T: Entity> Table for Arena<T> {
    fn meta(&self) -> &'static EntityMeta {
        T::META
    }

    fn header(&self, slot: u32) -> Option<SlotHeader> {
        self.slots.header(slot).copied().filter(|header| header.state() != State::Vacant)
    }

    fn prepare(&mut self, map: MapId) -> Result<(), (u32, Invalid)> {
        if T::HAS_COLLECTIONS {
            self.check_collections(map)?;
        }
        if T::PREPARES { self.prepare_objects() } else { Ok(()) }
    }

    fn pending(&self) -> Vec<u32> {
        let waits = |slot_ref: &&SlotRef| {
            self.slots.is_taken(**slot_ref)
                && self
                    .slots
                    .header(slot_ref.slot)
                    .is_some_and(|header| header.state() == State::Pending)
        };
        self.pending.iter().filter(waits).map(|slot_ref| slot_ref.slot).collect()
    }

    fn changed(&self) -> Vec<(u32, ColumnSet)> {
        self.changed_by_key()
    }

    fn delete_pending(&self) -> Vec<u32> {
        self.deletions_by_key()
    }

    fn is_purged(&self, slot: u32) -> bool {
        self.soft_deletes.is_purged(slot)
    }

    fn given(&self, slot: u32) -> ColumnSet {
        let Some(object) = self.slots.object(slot) else { return ColumnSet::EMPTY };
        let unset = self.optional.iter().filter(|&&column| !object.is_set(column));
        unset.fold(self.has(slot), |given, &column| given.without(column))
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
            let given = self.given(slot);
            let kind = T::META.hierarchy.map(|hierarchy| hierarchy.discriminator);
            let stays = |column: usize| T::META.key.contains(&column) || kind == Some(column);
            let given = given.iter().filter(|&column| !stays(column));
            changed = given.fold(changed, |changed, column| changed.with(column, true));
        }
        Some((other, Wholes::of(T::META).with(changed, || self.given(slot))))
    }

    fn order_key_changes(&self, slots: &[u32]) -> KeyChanges {
        self.order_by_freed_key(slots)
    }

    fn payload(&self, slot: u32) -> usize {
        self.slots.object(slot).map_or(0, T::payload)
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

    fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.touched.is_empty() && self.delete_pending.is_empty()
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
        let object = match T::META.version {
            // Of the version that which the program believes in: it may have been assigned.
            Some(version) if version == column => self.slots.object(slot),
            _ => self.stored(slot),
        };
        object.ok_or(diesel::result::Error::NotFound)?.bind(column, pass)
    }

    fn has_last_version(&self, slot: u32) -> bool {
        self.slots.object(slot).is_some_and(T::has_last_version)
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
        let key = super::decoding::read_key::<T>(row)?;
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

    fn begin_level(&mut self) {
        self.undo_logs.push(super::undo_log::UndoLog::begin());
    }

    fn release_level(&mut self) {
        if let Some(inner) = self.undo_logs.pop()
            && let Some(outer) = self.undo_logs.last_mut()
        {
            inner.release_into(outer);
            self.release_kept();
        }
    }

    fn commit_level(&mut self) {
        self.commit();
    }

    fn roll_back_level(&mut self) {
        self.roll_back();
    }

    fn revert_flush(&mut self) {
        self.revert_flush();
    }

    fn holder_of_key(&self, slot: u32) -> Option<u32> {
        Arena::holder_of_key(self, slot)
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

    fn is_edited(&self, slot: u32) -> bool {
        Arena::is_edited(self, slot)
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

    fn evict(&mut self, slot: u32) {
        self.remove(slot);
    }

    fn clear(&mut self) {
        self.clear_all();
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn expire(&mut self, slot: u32) {
        if let Some(header) = self.slots.header_mut(slot) {
            header.set_age(STALE);
            header.forget_known();
        }
    }

    fn disbelieve_since(&mut self, began: u32) {
        self.absent = Vec::new();
        self.slots.for_each_slot(|slot| {
            if slot.age() >= began {
                slot.set_age(STALE);
            }
        });
    }
}
