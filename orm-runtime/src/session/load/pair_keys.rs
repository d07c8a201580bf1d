//! Matching objects by key where the database treats keys as equal that are written differently.
//!
//! Objects are found in memory by their keys as their rows have them. A string can match a row that
//! has it in another form, because of a collation or a column of fixed length. After a load, the
//! session looks the unmatched keys up again: the database says which row each one matches, and the
//! map remembers it. Keys that are integers, or other values that compare alike everywhere, need no
//! such lookup.

use diesel::QueryResult;
use diesel::sql_types::Integer;

use crate::backend::{Binds, SqlWriter, Statement};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{Arena, Flushed, IdentityMap, RowPolicy};
use crate::mapping::{Entity, EntityMeta, Key, RelationshipMeta};
use crate::session::Session;
use crate::session::flush::write::Done;
use crate::session::row_binds::{KeyBinds, ListedKeys};
use crate::session::transaction::frames::OnUnwind;
use crate::sql::{self, KeyForm};

/// The number of keys that one statement matches individually.
const TOLD_APART: usize = 256;

impl IdentityMap {
    /// Returns `true` if objects along a relationship can be matched without the database.
    pub(in crate::session) fn pairs_exactly(&self, relationship: &RelationshipMeta) -> bool {
        let (referring, _) = relationship.made_by();
        relationship.references().all(|n| self.has_exact_keys(referring, n))
    }

    /// Returns `true` if the keys of a reference are equal in the database exactly when they are
    /// equal here.
    fn has_exact_keys(&self, meta: &EntityMeta, foreign_key: usize) -> bool {
        let target = (meta.foreign_keys[foreign_key].target)().entity.index();
        self.arena_dyn(target).is_some_and(|targets| targets.has_exact_keys())
    }
}

impl Session {
    /// Matches the references of stored objects whose keys belong to no object in memory. Sends one
    /// SELECT for each batch of them, or none. Each key is looked up for one object. Returns how
    /// many of these have no target.
    pub(in crate::session) fn pair(
        &mut self,
        meta: &'static EntityMeta,
        foreign_key: usize,
        slots: &[u32],
    ) -> Result<usize> {
        let reference = &meta.foreign_keys[foreign_key];
        let target = (reference.target)();
        let (child, parent) = (meta.entity.index(), target.entity.index());
        if self.map().has_exact_keys(meta, foreign_key) {
            return Ok(0);
        }
        let (Some(referring), Some(targets)) =
            (self.map().arena_dyn(child), self.map().arena_dyn(parent))
        else {
            return Ok(0);
        };
        let key = |&slot: &u32| referring.stored_reference(slot, foreign_key).key;
        let unpaired = targets.unpaired(&slots.iter().map(key).collect::<Vec<_>>());
        let is_stored =
            |slot: &u32| referring.header(*slot).is_some_and(|header| header.is_stored());
        let asked = unpaired.into_iter().map(|n| slots[n]).filter(is_stored);
        let asked: Vec<u32> = asked.collect();
        let keys = self.map_mut().arena_dyn_of(meta).stored_keys(&asked);
        let dialect = self.dialect();
        let (width, columns) = (meta.key.len(), reference.columns);
        let most = KeyForm::max_keys(dialect, width);
        let mut paired = 0;
        for start in (0..keys.len()).step_by(most) {
            let range = start..keys.len().min(start + most);
            let values = ListedKeys::new(dialect, &*keys, range, width);
            let text = sql::select_pairs(dialect, meta, columns, target, values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let (map, sender) = self.map_and_sender();
            let targets = map.arena_dyn_of(target);
            let loaded = sender.load(&statement, &mut |row| {
                paired += 1;
                targets.pair_of_row(row)
            });
            loaded.map_err(|fault| self.fault(fault))?;
        }
        Ok(keys.len().saturating_sub(paired))
    }

    /// Matches the references of rows that were found by the keys of their targets, so each has a
    /// target.
    pub(in crate::session) fn pair_found(
        &mut self,
        meta: &'static EntityMeta,
        foreign_key: usize,
        slots: &[u32],
    ) -> Result<()> {
        if self.pair(meta, foreign_key, slots)? == 0 {
            return Ok(());
        }
        let reference = &meta.foreign_keys[foreign_key];
        let columns = reference.columns.iter().map(|&column| meta.columns[column].name);
        Err(Error::Configuration(format!(
            "rows of {} were found by keys of {}, but do not join with it on {}: compare the types and \
             collations of these columns, or load again if another session has changed the rows",
            meta.name,
            (reference.target)().name,
            columns.collect::<Vec<_>>().join(", ")
        )))
    }

    /// Matches rows that were found along a relationship, given as pairs of the referring object
    /// and the target.
    pub(in crate::session) fn pair_members(
        &mut self,
        relationship: &'static RelationshipMeta,
        found: &[(u32, u32)],
    ) -> Result<()> {
        if self.map().pairs_exactly(relationship) {
            return Ok(());
        }
        let (referring, _) = relationship.made_by();
        let slots: Vec<u32> = found.iter().map(|&(row, _)| row).collect();
        relationship.references().try_for_each(|n| self.pair_found(referring, n, &slots))
    }

    /// Returns the objects of a flush that may be in loaded collections although their keys do not
    /// show it.
    pub(in crate::session) fn unsure_of(&self, done: &Done) -> Vec<Unsure> {
        let mut unsure: Vec<Unsure> = Vec::new();
        for (entity, arena) in self.map().arenas() {
            for foreign_key in self.map().unsure_references(entity) {
                let rows = done.rows.iter().filter(|(other, _, how)| {
                    *other == entity && !matches!(how, Flushed::Deleted | Flushed::SoftDeleted)
                });
                let slots = rows.map(|&(_, slot, _)| slot).collect();
                unsure.push(Unsure { meta: arena.meta(), foreign_key, slots });
            }
        }
        unsure
    }

    /// Adds written objects to the collections to which they belong in the database. Sends one
    /// SELECT for each reference for which that is not known.
    pub(in crate::session) fn pair_written(&mut self, unsure: &[Unsure]) -> Result<()> {
        for Unsure { meta, foreign_key, slots } in unsure {
            let entity = meta.entity.index();
            let slots = self.map().untold(meta, *foreign_key, slots.clone());
            self.pair(meta, *foreign_key, &slots)?;
            self.map_mut().enter_paired(entity, *foreign_key, &slots);
        }
        Ok(())
    }

    /// Matches the references of objects that were read, before the objects are added to
    /// collections. Sends one SELECT for each reference with keys that the session meets for the
    /// first time, if a loaded collection could contain the objects.
    pub(in crate::session) fn pair_arrivals(&mut self, meta: &'static EntityMeta) -> Result<()> {
        let entity = meta.entity.index();
        if meta.foreign_keys.is_empty() {
            return Ok(());
        }
        for foreign_key in self.map().unsure_references(entity) {
            let Some(arena) = self.map().arena_dyn(entity) else { continue };
            let meta = arena.meta();
            let slots = self.map().untold(meta, foreign_key, arena.arrived());
            self.pair(meta, foreign_key, &slots)?;
        }
        Ok(())
    }

    /// Finds out which rows match the keys that belong to no object in memory. Sends no SQL if the
    /// statement with these keys has found nothing, or had only one key.
    pub(in crate::session) fn pair_keys<T: Entity>(
        &mut self,
        asked: &[T::Key],
        found: &[Handle<T>],
    ) -> Result<()> {
        if <T::Key as Key>::EXACT || found.is_empty() {
            return Ok(());
        }
        let arena = self.map_mut().arena_mut::<T>();
        if let ([key], [found]) = (asked, found) {
            arena.pair(key, found.raw().slot);
            return Ok(());
        }
        let unloaded = asked.iter().filter(|key| arena.find(key).is_none());
        let unloaded: Vec<T::Key> = unloaded.cloned().collect();
        if unloaded.len() > TOLD_APART && self.count_rows::<T>(&unloaded)? == 0 {
            return Ok(());
        }
        for keys in unloaded.chunks(TOLD_APART) {
            let mut keys = keys.to_vec();
            // If several keys match the same row, each statement reports only the first of them.
            while !keys.is_empty() && self.tell_apart::<T>(&mut keys)? {}
        }
        Ok(())
    }

    /// Looks up UUIDs that were not found again, in capitals, where they are stored as text.
    pub(in crate::session) fn load_capitals<T: Entity>(
        &mut self,
        asked: &[T::Key],
        scoped: bool,
        how: RowPolicy,
    ) -> Result<()> {
        if !T::META.has_uuid_key() {
            return Ok(());
        }
        let missing = asked.iter().filter(|key| self.map().find::<T>((*key).clone()).is_none());
        let missing: Vec<T::Key> = missing.cloned().collect();
        if missing.is_empty() || !self.sender().send_capitals(true) {
            return Ok(());
        }
        let undo = |session: &mut Session| {
            session.sender().send_capitals(false);
        };
        let guard = OnUnwind { session: self, undo: Some(undo) };
        let loaded = match scoped {
            true => guard.session.load_keys_in_scope::<T>(&missing, how),
            false => guard.session.load_keys::<T>(&missing, how),
        };
        drop(guard);
        loaded.map(drop)
    }

    /// Returns the number of rows that have one of these keys.
    fn count_rows<T: Entity>(&mut self, keys: &[T::Key]) -> Result<usize> {
        let dialect = self.dialect();
        let table = T::META.base_table();
        let mut found = 0;
        for keys in keys.chunks(KeyForm::max_keys(dialect, table.key.len())) {
            let values = KeyBinds::<T>::new(dialect, keys);
            let text = sql::select_keys(dialect, table, table.key.iter().copied(), values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let loaded = self.sender().load(&statement, &mut |_| {
                found += 1;
                Ok(())
            });
            loaded.map_err(|fault| self.fault(fault))?;
        }
        Ok(found)
    }

    /// Finds out which key matches which row, and keeps only the keys that matched none. Returns
    /// `true` if any key matched.
    fn tell_apart<T: Entity>(&mut self, keys: &mut Vec<T::Key>) -> Result<bool> {
        let text = sql::select_which(self.dialect(), T::META, keys.len());
        let mut told = vec![false; keys.len()];
        let (map, sender) = self.map_and_sender();
        let arena = map.arena_mut::<T>();
        let loaded = {
            let values = KeysTwice::<T>(keys);
            let statement = Statement { sql: &text, values: &values, cached: false };
            sender.load(&statement, &mut |row| {
                let which: i32 = row.get::<Integer, _>()?;
                let stored = Arena::<T::Root>::read_key(row)?;
                if let Some((n, key)) =
                    usize::try_from(which).ok().and_then(|n| Some((n, keys.get(n)?)))
                {
                    told[n] = true;
                    arena.pair_keys(key, stored);
                }
                Ok(())
            })
        };
        loaded.map_err(|fault| self.fault(fault))?;
        let mut known = told.iter();
        keys.retain(|_| !known.next().is_some_and(|&told| told));
        Ok(told.contains(&true))
    }
}

/// Objects that were written, and a reference of theirs that may point to an object in memory.
pub(in crate::session) struct Unsure {
    meta: &'static EntityMeta,
    foreign_key: usize,
    slots: Vec<u32>,
}

/// The keys in the form of a statement that returns which key each row matches.
struct KeysTwice<'a, T: Entity>(&'a [T::Key]);

impl<T: Entity> Binds for KeysTwice<'_, T> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.0.iter().chain(self.0).try_for_each(|key| {
            (0..T::META.key.len()).try_for_each(|part| T::bind_key(key, part, pass))
        })
    }
}
