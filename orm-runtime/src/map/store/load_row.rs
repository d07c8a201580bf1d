//! Turns rows into objects: a new object, or one that takes the values of its row again.

use super::arena::Arena;
use super::decoding::{complete, decode, decode_error};
use super::row_policy::RowPolicy;
use super::states::State;
use super::subtype_checks::same_subtype;
use crate::backend::Row;
use crate::error::Result;
use crate::mapping::{ColumnSet, Entity, IndexByKey, Key};

impl<T: Entity> Arena<T> {
    /// Loads a row into the map. Reads the key first, and the rest only if it is needed.
    ///
    /// Returns the slot, or `None` for a row that is not in memory and stays out.
    pub(crate) fn load_row(
        &mut self,
        row: &mut Row<'_, '_>,
        how: &RowPolicy,
    ) -> Result<Option<u32>> {
        let (start, key) = begin_row::<T>(row, how)?;
        if how.changed && self.index.get(&key).is_none() {
            return Ok(None);
        }
        if T::META.soft_delete.is_some() {
            self.restore(&key);
        }
        let entry = self.index.entry(&key);
        if *entry == <T::Key as Key>::Index::VACANT {
            // One search in the index finds the entry and also enters the new object.
            let mut object = decode::<T>(row, start, &key, how)?;
            complete(&mut object, &key)?;
            let slot = self.slots.insert(object, State::Persistent, how.age);
            *entry = slot;
            self.came(slot, how);
            return Ok(Some(slot));
        }
        let slot = *entry;
        self.check_subtype(slot, &key, how)?;
        if !T::META.relationships.is_empty() {
            self.cohorts.note(slot, how.query);
        }
        let Some(header) = self.slots.header(slot).copied() else { return Ok(Some(slot)) };
        if header.age() < how.horizon || how.populate || how.changed {
            self.read_again(slot, row, start, &key, how)?;
        } else if !how.undeferred.is_empty() {
            self.adopt_deferred(slot, row, start, how)?;
        }
        Ok(Some(slot))
    }

    /// Sets an object to the values of its row. Columns with edits keep the edits, which are
    /// compared with the new values from now on, unless the row overwrites them.
    fn read_again(
        &mut self,
        slot: u32,
        row: &mut Row<'_, '_>,
        start: usize,
        key: &T::Key,
        how: &RowPolicy,
    ) -> Result<()> {
        let mut object = decode::<T>(row, start, key, how)?;
        let Some(old) = self.slots.object(slot) else { return Ok(()) };
        same_subtype(&object, old, key)?;
        if !how.populate && self.unproven.contains(&slot) {
            // If the object has pending changes, the row is taken as its row only if it has the
            // values that were read before. Otherwise the key may belong to the row of another
            // session now.
            let concerned = how.proving || self.waits(slot);
            let image = self.stored(slot);
            if concerned && image.is_some_and(|image| !object.diff(image).is_empty()) {
                return Ok(());
            }
        }
        if how.deciding && self.is_outdated(slot, &object) {
            // Its changes were made to another version, and the user has not seen this one. The
            // object stays stale, and the statement that writes it finds no row of its version.
            return Ok(());
        }
        let Some(old) = self.slots.object_mut(slot) else { return Ok(()) };
        object.keep_skipped(old);
        if let Err(error) = complete(&mut object, key) {
            object.keep_skipped(old);
            return Err(error);
        }
        keep_links(&mut object, old);
        let base = self.bases.remove(&slot);
        let edited = match &base {
            Some(base) if !how.populate && !how.changed => old.diff(base),
            _ => ColumnSet::EMPTY,
        };
        if !edited.is_empty() {
            self.bases.insert(slot, object.snapshot());
            object.take_fields(edited, old);
        }
        let old = std::mem::replace(old, object);
        self.reference_changed(slot, &old);
        let innermost = self.undo_logs.len().checked_sub(1);
        if (how.changed || how.past_map == innermost)
            && let Some(log) = self.undo_logs.last_mut()
        {
            log.note_updated(slot, base.unwrap_or(old));
        }
        if let Some(header) = self.slots.header_mut(slot) {
            header.set_touched(!edited.is_empty());
            header.set_age(how.age);
            header.forget_known();
        }
        if self.unproven.remove(&slot) {
            self.note_came(slot, how);
        }
        Ok(())
    }

    /// Returns `true` if an object has pending changes, and its row has another version than the
    /// one that they were made to.
    fn is_outdated(&self, slot: u32, row: &T) -> bool {
        let Some(version) = T::META.version else { return false };
        let differs = |image: &T| row.diff(image).contains(version);
        self.waits(slot) && self.stored(slot).is_some_and(differs)
    }

    /// Sets one column of an object to the value in its row, and nothing else. Returns its slot.
    pub(crate) fn load_column(
        &mut self,
        row: &mut Row<'_, '_>,
        column: usize,
        how: &RowPolicy,
    ) -> Result<Option<u32>> {
        let (start, key) = begin_row::<T>(row, how)?;
        let mut read = decode::<T>(row, start, &key, how)?;
        let Some(slot) = self.index.get(&key) else { return Ok(None) };
        let Some(object) = self.slots.object_mut(slot) else { return Ok(None) };
        same_subtype(&read, object, &key)?;
        let columns = ColumnSet::EMPTY.with(column, true);
        if let Some(base) = self.bases.get_mut(&slot) {
            base.take_fields(columns, &mut read.snapshot());
        }
        let before = object.snapshot();
        object.take_fields(columns, &mut read);
        self.reference_changed(slot, &before);
        Ok(Some(slot))
    }

    /// Unloads deferred columns, except columns with edits.
    pub(crate) fn unload(&mut self, slot: u32, columns: ColumnSet) {
        let Some(object) = self.slots.object_mut(slot) else { return };
        let base = self.bases.get_mut(&slot);
        let edited = base.as_ref().map_or(ColumnSet::EMPTY, |base| object.diff(base));
        let columns: ColumnSet =
            columns.iter().filter(|&column| !edited.contains(column)).collect();
        object.unmake(columns);
        if let Some(base) = base {
            base.unmake(columns);
        }
    }

    /// Records that an object has come from the database: places its collections, and notes that
    /// other collections may contain it.
    #[inline]
    fn came(&mut self, slot: u32, how: &RowPolicy) {
        if T::HAS_COLLECTIONS
            && let Some(map) = how.map
        {
            self.place(slot, map);
        }
        if !T::META.relationships.is_empty() {
            self.cohorts.note(slot, how.query);
        }
        if let Some((arrived, _)) = &mut self.arrivals {
            arrived.push(slot);
        }
        self.note_came(slot, how);
        self.is_there(slot);
    }

    /// Records that the row of an object may be one that statements have inserted outside the map
    /// in an open transaction scope.
    fn note_came(&mut self, slot: u32, how: &RowPolicy) {
        if let Some(log) = how.past_map.and_then(|subtype| self.undo_logs.get_mut(subtype)) {
            log.note_came(self.slots.slot_ref(slot), &self.slots);
        }
    }

    /// Records that a row exists, so that its key is no longer absent.
    pub(super) fn is_there(&mut self, slot: u32) {
        if !self.absent.is_empty()
            && let Some(key) = self.slots.object(slot).and_then(T::key)
        {
            if !<T::Key as Key>::EXACT {
                // It may be the row of any of them.
                self.absent.clear();
            }
            for absent in &mut self.absent {
                absent.remove(&key);
            }
        }
    }

    /// Records that an object has taken the values of its row, so that its references may have new
    /// targets.
    fn reference_changed(&mut self, slot: u32, old: &T) {
        let Some((_, reference_changed)) = &mut self.arrivals else { return };
        let Some(new) = self.slots.object(slot) else { return };
        let references = T::META.foreign_keys.iter().enumerate();
        let columns = new.diff(old);
        let differs = references
            .filter(|(_, reference)| reference.field.is_some())
            .any(|(_, reference)| reference.columns.iter().any(|&column| columns.contains(column)));
        if differs {
            reference_changed.push(slot);
        }
    }

    /// Fills deferred columns of an object in memory. Values that are in memory stay.
    fn adopt_deferred(
        &mut self,
        slot: u32,
        row: &mut Row<'_, '_>,
        start: usize,
        how: &RowPolicy,
    ) -> Result<()> {
        row.rewind(start + how.width);
        self.fill(slot, row, how.undeferred)
    }

    /// Reads columns from a row into an object and into the snapshot of its row.
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

/// Keeps the handles in references whose targets have not changed: if the targets lose their keys,
/// the references must lose them too.
fn keep_links<T: Entity>(object: &mut T, old: &T) {
    let references = T::META.foreign_keys.iter().enumerate();
    for (n, reference) in references.filter(|(_, reference)| reference.field.is_some()) {
        if old.reference(n).handle.is_some() {
            let columns = object.diff(old);
            if !reference.columns.iter().any(|&column| columns.contains(column)) {
                object.set_reference(n, old.reference(n));
            }
        }
    }
}

/// Reads the key of a row, and moves back to the beginning of the row. Returns where the row
/// begins, and the key.
#[inline]
fn begin_row<T: Entity>(row: &mut Row<'_, '_>, how: &RowPolicy) -> Result<(usize, T::Key)> {
    let start = row.position();
    if let Some(subtype) = how.subtype::<T>() {
        row.begin_object(start, subtype.layout);
    }
    let key = T::decode_key(row).map_err(|error| decode_error::<T>(None, row, start, error))?;
    row.rewind(start);
    Ok((start, key))
}
