//! The objects of one entity.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::ages::STALE;
use super::arena_state::EqualKeys;
use super::arena_state::GivenUp;
use super::arena_state::SoftDeletes;
use super::cohorts::Cohorts;
use super::slot::{Chunks, SlotHeader, SlotRef, Slots};
use super::states::{Event, State};
use super::undo_log::{BySlot, UndoLog};
use crate::handle::MapId;
use crate::mapping::{ColumnSet, Entity, IndexByKey, Key};

/// The objects of one entity: slots, the index by key, and the state for the unit of work.
pub(crate) struct Arena<T: Entity> {
    pub(super) slots: Slots<T>,
    pub(super) index: <T::Key as Key>::Index,
    /// Keys that differ from the keys of the rows that they find.
    pub(super) equal_keys: EqualKeys<T::Key>,
    /// The snapshots: the objects that were accessed mutably, as they are in the database.
    pub(super) bases: BySlot<T>,
    /// Slots in the order of their first mutable access. May contain a slot that is no longer
    /// marked as touched.
    pub(super) touched: Vec<u32>,
    /// Added objects, in order. May contain an object that is no longer pending.
    pub(super) pending: Vec<SlotRef>,
    /// Objects to delete. May contain a slot that is no longer marked for deletion.
    pub(super) delete_pending: Vec<u32>,
    /// What is known of soft-deleted rows.
    pub(super) soft_deletes: SoftDeletes<T::Key>,
    /// The columns that the database has generated, for rows that were inserted in the open
    /// transaction.
    pub(super) made: BySlot<ColumnSet>,
    /// The open transaction and its savepoints; never empty.
    pub(super) undo_logs: Vec<UndoLog<T>>,
    /// The columns for which an object may have no value: deferred columns, and columns that the
    /// database generates.
    pub(super) optional: Vec<usize>,
    /// Objects that came from the database, and objects whose references it has changed. Recorded
    /// if the objects can be in collections.
    pub(super) arrivals: Option<(Vec<u32>, Vec<u32>)>,
    /// Keys, by subtype, for which a load has found no row, and the age of that load.
    pub(super) absent: Vec<HashMap<T::Key, u32, RandomState>>,
    /// `true` if there may be objects that were created in this session.
    pub(super) has_created_here: bool,
    /// Objects whose rows may not exist, because they were first read in a scope that was undone.
    pub(super) unproven: HashSet<u32, RandomState>,
    /// Transient objects.
    pub(super) given_up: GivenUp,
    /// `true` if objects have lost the keys that the database had generated.
    pub(super) lost_keys: bool,
    /// The objects that were loaded together, if the entity has relationships.
    pub(super) cohorts: Cohorts,
}

impl<T: Entity> Arena<T> {
    /// Creates an arena in a map with some open transaction scopes.
    pub(crate) fn new(scopes: usize) -> Self {
        Arena {
            slots: Slots::default(),
            index: Default::default(),
            equal_keys: EqualKeys::default(),
            bases: BySlot::default(),
            touched: Vec::new(),
            pending: Vec::new(),
            delete_pending: Vec::new(),
            soft_deletes: SoftDeletes::default(),
            made: BySlot::default(),
            undo_logs: (0..scopes).map(|_| UndoLog::begin()).collect(),
            optional: (0..T::META.columns.len())
                .filter(|&column| {
                    let meta = &T::META.columns[column];
                    meta.deferred || meta.read_back || T::META.auto_column() == Some(column)
                })
                .collect(),
            arrivals: None,
            absent: Vec::new(),
            has_created_here: false,
            unproven: HashSet::default(),
            given_up: GivenUp::default(),
            lost_keys: false,
            cohorts: Cohorts::default(),
        }
    }

    #[inline]
    pub(crate) fn live(&self, slot: u32, generation: u32) -> Option<&T> {
        self.slots.live(slot, generation)
    }

    /// Returns the object for changes, and first keeps a snapshot of its row. Every mutable access
    /// comes through here.
    pub(crate) fn touch(&mut self, slot: u32, generation: u32) -> Option<&mut T> {
        let header = self.slots.header_mut(slot)?;
        if header.generation() != generation {
            return None;
        }
        match header.state() {
            State::Persistent | State::DeletePending if !header.touched() => {
                header.set_touched(true);
                self.touched.push(slot);
                let base = self.slots.object(slot)?.snapshot();
                self.bases.insert(slot, base);
            }
            // Its row is deleted, but a rollback restores both.
            State::Deleted => {
                let image = self.slots.object(slot)?.snapshot();
                self.undo_logs.last_mut()?.note_updated(slot, image);
            }
            _ => {}
        }
        self.slots.object_mut(slot)
    }

    /// Returns the generation of a slot, for a handle to it.
    #[inline]
    pub(crate) fn generation(&self, slot: u32) -> u32 {
        self.slots.header(slot).map_or(0, |header| header.generation())
    }

    /// Adds a new object; the next flush inserts it.
    pub(crate) fn add(&mut self, object: T, age: u32) -> u32 {
        let slot = self.slots.insert(object, State::Pending, age);
        if let Some(header) = self.slots.header_mut(slot) {
            header.set_created_here(true);
        }
        self.has_created_here = true;
        self.pending.push(self.slots.slot_ref(slot));
        slot
    }

    /// Adds an object as stored and stale. If statements have written rows outside the map in a
    /// transaction scope, the row of the object may belong to that scope.
    pub(crate) fn attach(
        &mut self,
        object: T,
        key: &T::Key,
        map: MapId,
        past_map: Option<usize>,
    ) -> u32 {
        let slot = self.slots.insert(object, State::Persistent, STALE);
        if let Some(log) = past_map.and_then(|scope| self.undo_logs.get_mut(scope)) {
            log.note_came(self.slots.slot_ref(slot), &self.slots);
        }
        self.index.insert(key.clone(), slot);
        if T::HAS_COLLECTIONS {
            self.place(slot, map);
        }
        if let Some((arrived, _)) = &mut self.arrivals {
            arrived.push(slot);
        }
        self.is_there(slot);
        slot
    }

    /// Sets the key that the database has generated for a new object.
    pub(crate) fn assign_key(&mut self, slot: u32, key: i64) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_auto_key(Some(key));
        }
    }

    /// Makes a transient object pending again, and an object that is marked for deletion stored.
    pub(crate) fn add_again(&mut self, slot: u32) -> bool {
        match self.slots.header_mut(slot).and_then(|header| header.apply(Event::AddAgain)) {
            Some(State::Pending) => {
                // It may already be in the list, at an earlier position.
                let slot_ref = self.slots.slot_ref(slot);
                self.pending.retain(|&pending| pending != slot_ref);
                self.pending.push(slot_ref);
            }
            Some(_) => self.unpurge(slot),
            None => return false,
        }
        true
    }

    /// Marks an object for deletion. An object that is not stored only leaves the unit of work.
    pub(crate) fn delete(&mut self, slot: u32) -> bool {
        let Some(header) = self.slots.header_mut(slot) else { return false };
        let before = header.state();
        match before.after(Event::Delete) {
            Some(State::DeletePending) => {
                header.apply(Event::Delete);
                self.delete_pending.push(slot);
            }
            Some(_) => self.apply(slot, Event::Delete),
            None => return before.is_deleted(),
        }
        true
    }

    /// Removes an object from the session.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<T> {
        let stored = self.bases.remove(&slot);
        if let Some(key) = stored.as_ref().or_else(|| self.slots.object(slot)).and_then(T::key) {
            self.index.remove(&key, slot);
        }
        for log in &mut self.undo_logs {
            log.forget(slot);
        }
        self.made.remove(&slot);
        self.unproven.remove(&slot);
        self.soft_deletes.forget(slot);
        self.slots.remove(slot)
    }

    /// Returns the header of a slot, which may be vacant.
    #[inline]
    pub(crate) fn header_at(&self, slot: u32) -> Option<SlotHeader> {
        self.slots.header(slot).copied()
    }

    /// Returns the slots of the objects that are stored or pending and that are a `U`, in order.
    pub(crate) fn present_as<U: Entity<Root = T>>(&self) -> impl Iterator<Item = u32> {
        let present = self.slots.iter().filter(|(_, header)| header.state().is_present());
        present.map(|(slot, _)| slot).filter(|&slot| self.holds::<U>(slot))
    }

    /// Returns the chunks that hold the objects, for many reads in a row.
    pub(crate) fn chunks(&self) -> Chunks<'_, T> {
        self.slots.chunks()
    }

    /// Returns the object in a slot.
    pub(crate) fn at(&self, slot: u32) -> Option<&T> {
        self.slots.object(slot)
    }

    /// Returns the snapshot of the row of an object that was accessed mutably.
    pub(crate) fn base(&self, slot: u32) -> Option<&T> {
        self.bases.get(&slot)
    }

    /// Returns the key of an object's row, if it has a row.
    pub(crate) fn stored_key(&self, slot: u32) -> Option<T::Key> {
        let has_row = self.slots.header(slot)?.state().has_row();
        has_row.then(|| self.stored(slot)?.key()).flatten()
    }

    /// Returns the object as it is in the database, without edits that are not flushed.
    pub(super) fn stored(&self, slot: u32) -> Option<&T> {
        self.bases.get(&slot).or_else(|| self.slots.object(slot))
    }
}
