//! The objects of one entity.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::arena_kept::Kept;
use super::cohorts::Cohorts;
use super::decoding::{complete, decode, decode_error};
use super::handle::{MapId, RawHandle};
use super::journal::{BySlot, Level};
use super::kinds::same_kind;
use super::placing::{Given, Placing};
use super::slot::{Seat, Slots, State};
use crate::backend::Row;
use crate::error::Result;
use crate::mapping::{ColumnSet, Entity, EntityMeta, IndexByKey, Key};

/// The objects of one entity: slots, the index by key, and what the unit of work needs to know.
pub(crate) struct Arena<T: Entity> {
    pub(super) slots: Slots<T>,
    pub(super) index: <T::Key as Key>::Index,
    /// The touched objects as they are in the database.
    pub(super) bases: BySlot<T>,
    /// Touched slots in the order of the first touch. May name a slot that is touched no more.
    pub(super) touched: Vec<u32>,
    /// Added objects, in order. May name one that is pending no more.
    pub(super) pending: Vec<Seat>,
    /// Objects to delete. May name a slot that is doomed no more.
    pub(super) doomed: Vec<u32>,
    /// What is known of deleted rows where they are kept.
    pub(super) kept: Kept<T::Key>,
    /// The columns of rows inserted in the open transaction that the database has made.
    pub(super) made: BySlot<ColumnSet>,
    /// The open transaction and its savepoints; never empty.
    pub(super) levels: Vec<Level<T>>,
    /// The columns that an object may have no value for: deferred ones, and those that the database
    /// makes.
    pub(super) optional: Vec<usize>,
    /// Objects that came from the database, and those whose references it has changed, where
    /// collections hold them.
    pub(super) arrivals: Option<(Vec<u32>, Vec<u32>)>,
    /// Keys that references to each level bear and that lead to no row, and when that was found.
    pub(super) absent: Vec<HashMap<T::Key, u32, RandomState>>,
    /// Whether there may be objects that came into being in this session.
    pub(super) has_born: bool,
    /// Whether objects have lost the keys that the database had made.
    pub(super) lost_keys: bool,
    /// Which objects were loaded together, where the entity has relationships.
    pub(super) cohorts: Cohorts,
}

/// How rows enter the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adopt {
    /// The entity for which the query is: it says where in a row the columns of a hierarchy are.
    pub(crate) meta: &'static EntityMeta,
    /// How many columns a row has for it, without the deferred ones.
    pub(crate) width: usize,
    /// Rows overwrite what is in memory, edits included.
    pub(crate) populate: bool,
    /// Rows overwrite what is in memory because the transaction has changed them: its rollback puts
    /// the objects back. Rows that are not in memory stay out.
    pub(crate) changed: bool,
    /// The deferred columns that follow the others.
    pub(crate) undeferred: ColumnSet,
    /// Objects older than this take the new values.
    pub(crate) horizon: u32,
    /// The age of what is read now.
    pub(crate) age: u32,
    /// The number of the query, by which objects are known to be loaded together.
    pub(crate) query: u32,
    /// The map, for collections to know their owners by.
    pub(crate) map: Option<MapId>,
}

impl<T: Entity> Arena<T> {
    /// An arena in a map with open levels that began at these ages.
    pub(crate) fn new(levels: impl Iterator<Item = u32>) -> Self {
        Arena {
            slots: Slots::default(),
            index: Default::default(),
            bases: BySlot::default(),
            touched: Vec::new(),
            pending: Vec::new(),
            doomed: Vec::new(),
            kept: Kept::default(),
            made: BySlot::default(),
            levels: levels.map(Level::begin).collect(),
            optional: (0..T::META.columns.len())
                .filter(|&column| {
                    let meta = &T::META.columns[column];
                    meta.deferred || meta.read_back || T::META.auto_column() == Some(column)
                })
                .collect(),
            arrivals: None,
            absent: Vec::new(),
            has_born: false,
            lost_keys: false,
            cohorts: Cohorts::default(),
        }
    }

    #[inline]
    pub(crate) fn live(&self, slot: u32, generation: u32) -> Option<&T> {
        self.slots.live(slot, generation)
    }

    /// The write barrier: the object, with a copy kept of what is in the database.
    pub(crate) fn touch(&mut self, slot: u32, generation: u32) -> Option<&mut T> {
        let mark = self.slots.slot_mut(slot)?;
        if mark.generation != generation {
            return None;
        }
        match mark.state() {
            State::Persistent | State::Doomed if !mark.touched() => {
                mark.set_touched(true);
                self.touched.push(slot);
                let base = self.slots.object(slot)?.snapshot();
                self.bases.insert(slot, base);
            }
            // Its row is gone, but a rollback brings both back.
            State::Deleted => {
                let image = self.slots.object(slot)?.snapshot();
                self.levels.last_mut()?.note_updated(slot, image);
            }
            _ => {}
        }
        self.slots.object_mut(slot)
    }

    /// The generation of a slot, for a handle to it.
    #[inline]
    pub(crate) fn generation(&self, slot: u32) -> u32 {
        self.slots.slot(slot).map_or(0, |mark| mark.generation)
    }

    /// The slot of the row with this key.
    #[inline]
    pub(crate) fn find(&self, key: &T::Key) -> Option<u32> {
        self.index.get(key)
    }

    /// Adds a new object; the next flush inserts it.
    pub(crate) fn add(&mut self, object: T, age: u32) -> u32 {
        let slot = self.slots.insert(object, State::Pending, age);
        if let Some(mark) = self.slots.slot_mut(slot) {
            mark.set_born(true);
        }
        self.has_born = true;
        self.pending.push(self.slots.seat(slot));
        slot
    }

    /// Gives a new object the key that the database has made.
    pub(crate) fn give_key(&mut self, slot: u32, key: i64) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_auto_key(Some(key));
        }
    }

    /// Makes a transient object pending once more.
    pub(crate) fn add_again(&mut self, slot: u32) -> bool {
        match self.slots.slot_mut(slot) {
            Some(mark) if mark.state() == State::Transient => {
                mark.set_state(State::Pending);
                // It may be in the list from before, at an earlier place.
                let seat = self.slots.seat(slot);
                self.pending.retain(|&pending| pending != seat);
                self.pending.push(seat);
                true
            }
            _ => false,
        }
    }

    /// Marks an object for deletion; one that is not stored just leaves the unit of work.
    pub(crate) fn delete(&mut self, slot: u32) -> bool {
        let Some(mark) = self.slots.slot_mut(slot) else { return false };
        match mark.state() {
            State::Persistent => {
                mark.set_state(State::Doomed);
                self.doomed.push(slot);
            }
            State::Pending => mark.set_state(State::Transient),
            State::Doomed | State::Deleted => {}
            State::Transient | State::Vacant => return false,
        }
        true
    }

    /// Takes an object out of the session for good.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<T> {
        let stored = self.bases.remove(&slot);
        if let Some(key) = stored.as_ref().or_else(|| self.slots.object(slot)).and_then(T::key) {
            self.index.remove(&key, slot);
        }
        for level in &mut self.levels {
            level.forget(slot);
        }
        self.made.remove(&slot);
        self.kept.forget(slot);
        self.slots.remove(slot)
    }

    /// The object in a slot.
    pub(crate) fn at(&self, slot: u32) -> Option<&T> {
        self.slots.object(slot)
    }

    /// The image of a touched object's row.
    pub(crate) fn base(&self, slot: u32) -> Option<&T> {
        self.bases.get(&slot)
    }

    /// The key of an object's row, if it has one.
    pub(crate) fn stored_key(&self, slot: u32) -> Option<T::Key> {
        let stored = matches!(self.slots.slot(slot)?.state(), State::Persistent | State::Doomed);
        stored.then(|| self.stored(slot)?.key()).flatten()
    }

    /// The object as it is in the database: before the edits that are not flushed.
    pub(super) fn stored(&self, slot: u32) -> Option<&T> {
        self.bases.get(&slot).or_else(|| self.slots.object(slot))
    }

    /// Brings a row into the map: the key is read first, and the rest only where it is needed.
    ///
    /// Answers the slot, or `None` for a row that is not in memory and stays out.
    pub(crate) fn adopt(&mut self, row: &mut Row<'_, '_>, how: &Adopt) -> Result<Option<u32>> {
        let start = row.position();
        if let Some(level) = how.level::<T>() {
            row.begin_object(start, level.layout);
        }
        let key = T::decode_key(row).map_err(|error| decode_error::<T>(None, row, start, error))?;
        row.rewind(start);
        if how.changed && self.index.get(&key).is_none() {
            return Ok(None);
        }
        if T::META.soft_delete.is_some() {
            self.exhume(&key);
        }
        let entry = self.index.entry(&key);
        if *entry == <T::Key as Key>::Index::VACANT {
            // One look into the index serves for the question and for the answer.
            let mut object = decode::<T>(row, start, &key, how)?;
            complete(&mut object, &key)?;
            let slot = self.slots.insert(object, State::Persistent, how.age);
            *entry = slot;
            self.came(slot, how);
            return Ok(Some(slot));
        }
        let slot = *entry;
        self.check_kind(slot, &key, how)?;
        if !T::META.relationships.is_empty() {
            self.cohorts.note(slot, how.query);
        }
        let Some(mark) = self.slots.slot(slot).copied() else { return Ok(Some(slot)) };
        let stale = mark.age() < how.horizon && !mark.touched();
        if stale || how.populate || how.changed {
            let mut object = decode::<T>(row, start, &key, how)?;
            if let Some(old) = self.slots.object_mut(slot) {
                same_kind(&object, old, &key)?;
                object.keep_skipped(old);
                if let Err(error) = complete(&mut object, &key) {
                    object.keep_skipped(old);
                    return Err(error);
                }
                keep_links(&mut object, old);
                let base = self.bases.remove(&slot);
                let old = std::mem::replace(old, object);
                self.turned(slot, &old);
                if how.changed
                    && let Some(level) = self.levels.last_mut()
                {
                    level.note_updated(slot, base.unwrap_or(old));
                }
            }
            if let Some(mark) = self.slots.slot_mut(slot) {
                mark.set_touched(false);
                mark.set_age(how.age);
            }
        } else if !how.undeferred.is_empty() {
            self.adopt_deferred(slot, row, start, how)?;
        }
        Ok(Some(slot))
    }

    /// An object has come from the database: its collections are its own, and others may hold it.
    #[inline]
    fn came(&mut self, slot: u32, how: &Adopt) {
        if T::HAS_COLLECTIONS
            && let Some(map) = how.map
        {
            self.place(slot, map, &mut Vec::new());
        }
        if !T::META.relationships.is_empty() {
            self.cohorts.note(slot, how.query);
        }
        if let Some((arrived, _)) = &mut self.arrivals {
            arrived.push(slot);
        }
        self.is_there(slot);
    }

    /// A row is there: its key is absent no more.
    pub(super) fn is_there(&mut self, slot: u32) {
        if !self.absent.is_empty()
            && let Some(key) = self.slots.object(slot).and_then(T::key)
        {
            for absent in &mut self.absent {
                absent.remove(&key);
            }
        }
    }

    /// An object has taken the values of its row: its references may lead elsewhere now.
    fn turned(&mut self, slot: u32, old: &T) {
        let Some((_, turned)) = &mut self.arrivals else { return };
        let Some(new) = self.slots.object(slot) else { return };
        let references = T::META.foreign_keys.iter().enumerate();
        let columns = new.diff(old);
        let differs = references
            .filter(|(_, reference)| reference.field.is_some())
            .any(|(_, reference)| reference.columns.iter().any(|&column| columns.contains(column)));
        if differs {
            turned.push(slot);
        }
    }

    /// Tells the collections of an object whose they are, and takes what they bring.
    pub(super) fn place(&mut self, slot: u32, map: MapId, given: &mut Vec<Given>) {
        let owner = RawHandle { slot, generation: self.generation(slot), map };
        if let Some(object) = self.slots.object_mut(slot) {
            object.place(&mut Placing::new(owner, T::META, given));
        }
    }

    /// Fills deferred columns of an object that is there; values that are in memory stay.
    fn adopt_deferred(
        &mut self,
        slot: u32,
        row: &mut Row<'_, '_>,
        start: usize,
        how: &Adopt,
    ) -> Result<()> {
        row.rewind(start + how.width);
        self.fill(slot, row, how.undeferred)
    }

    /// Reads columns from a row into an object and into the image of its row.
    pub(crate) fn fill(
        &mut self,
        slot: u32,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
    ) -> Result<()> {
        let start = row.position();
        let Some(object) = self.slots.object_mut(slot) else { return Ok(()) };
        let key = object.key();
        for column in columns.iter() {
            let at = row.position();
            let fail = |row: &Row<'_, '_>, error| {
                decode_error::<T>(key.as_ref(), row, start.min(at), error)
            };
            if object.is_set(column) {
                row.skip(1);
            } else {
                object.decode_column(column, row).map_err(|error| fail(row, error))?;
            }
            if let Some(base) = self.bases.get_mut(&slot) {
                row.rewind(at);
                base.decode_column(column, row).map_err(|error| fail(row, error))?;
            }
        }
        Ok(())
    }
}

/// References that lead where they led keep what they know of their objects: if these lose their keys,
/// so have they to.
fn keep_links<T: Entity>(object: &mut T, old: &T) {
    let references = T::META.foreign_keys.iter().enumerate();
    for (n, reference) in references.filter(|(_, reference)| reference.field.is_some()) {
        if old.reference(n).link.is_some() {
            let columns = object.diff(old);
            if !reference.columns.iter().any(|&column| columns.contains(column)) {
                object.set_reference(n, old.reference(n));
            }
        }
    }
}
