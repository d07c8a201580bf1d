//! Reading objects again before a write that depends on them: values from an earlier transaction
//! may be out of date.

use crate::backend::Statement;
use crate::error::{Error, Result};
use crate::map::KeyList;
use crate::mapping::{ColumnSet, EntityMeta};
use crate::session::Session;
use crate::session::row_binds::{ListedKeys, StoredKeys};
use crate::sql::{self, KeyForm};

impl Session {
    /// Reads those of some objects again that were not read in this transaction. Sends one SELECT
    /// for each batch, or none.
    pub(in crate::session) fn read_stale(
        &mut self,
        meta: &'static EntityMeta,
        slots: &[u32],
    ) -> Result<()> {
        let stale = self.map().stale_for_write(meta.entity.index(), slots);
        self.read_by_key(meta.entity.index(), &stale)
    }

    /// Reads objects again by the keys of their rows. Sends one SELECT for each batch.
    pub(in crate::session) fn read_by_key(&mut self, entity: usize, slots: &[u32]) -> Result<()> {
        let Some(arena) = self.map().arena_dyn(entity).filter(|_| !slots.is_empty()) else {
            return Ok(());
        };
        let (meta, keys) = (arena.meta(), arena.stored_keys(slots));
        self.load_by(meta, meta.key, &*keys, None)?;
        self.pair_arrivals(meta)?;
        self.map_mut().fix_up_all();
        Ok(())
    }

    /// Checks that the rows exist of objects that were first read in work that was rolled back,
    /// before the objects are written or referenced. Sends one SELECT for each entity, and only
    /// after such a rollback.
    ///
    /// # Errors
    /// [`Error::InvalidState`] for an object with edits whose row is gone, and [`Error::StaleRow`]
    /// for an object whose row differs from what was read.
    pub(in crate::session) fn prove(&mut self) -> Result<()> {
        if !self.map().has_unproven() {
            return Ok(());
        }
        // A reference that was set to its previous target is not an edit.
        self.map_mut().propagate_keys();
        for (meta, slots) in self.map().to_prove() {
            let entity = meta.entity.index();
            self.map_mut().set_proving(true);
            let read = self.read_by_key(entity, &slots);
            self.map_mut().set_proving(false);
            read?;
            let unproven = self.map().unproven_among(entity, &slots);
            let Some(&first) = unproven.first() else { continue };
            // The row differs from what was read: it belongs to another object with the same key.
            let others =
                self.keys_there(entity, meta.base_table(), &unproven, meta.key.to_vec())?;
            let name = self.map().arena_dyn(entity).map_or(meta.name, |arena| arena.name(first));
            if !others.is_empty() {
                let (expected, keys) = (unproven.len(), others);
                let matched = expected - keys.len();
                return Err(Error::StaleRow { entity: name, expected, matched, keys });
            }
            let key = |&slot: &u32| (slot, self.key_text(entity, slot));
            let keys: Vec<_> = unproven.iter().map(key).collect();
            let delete_pending = self.map().deletions_among(entity, &unproven);
            let lost = self.map_mut().give_up_unproven(entity, &unproven);
            for slot in delete_pending {
                // There is nothing to delete, but the deletion still cascades to the objects that
                // reference it.
                self.map_mut().follow_abandoned(meta, slot);
            }
            let Some(lost) = lost else { continue };
            let key = keys.into_iter().find(|(slot, _)| *slot == lost).and_then(|(_, key)| key);
            return Err(Error::InvalidState {
                entity: self.map().arena_dyn(entity).map_or(meta.name, |arena| arena.name(lost)),
                key,
                action: "written",
                reason: "its row was inserted in work that was rolled back; call add_again() to insert it \
                         as a new object",
            });
        }
        Ok(())
    }

    /// Checks that orphans to be deleted still belong to their former owner. What is in memory is
    /// older than the transaction, and their rows may reference another object by now. Sends one
    /// SELECT for the orphans that were not read in this transaction.
    ///
    /// # Errors
    /// [`Error::StaleRow`], with the keys, if rows reference another object.
    pub(in crate::session) fn check_orphans(
        &mut self,
        entity: usize,
        foreign_key: usize,
        slots: &[u32],
    ) -> Result<()> {
        let stale = self.map().doubtful(entity, foreign_key, slots);
        let Some(arena) = self.map().arena_dyn(entity).filter(|_| !stale.is_empty()) else {
            return Ok(());
        };
        let meta = arena.meta();
        let reference = meta.foreign_keys[foreign_key].columns;
        let by_key: Vec<usize> = meta.key.to_vec();
        let believed: Vec<usize> = meta.key.iter().chain(reference).copied().collect();
        let hierarchy = meta.hierarchy;
        let arena = hierarchy.map_or(0, |it| it.table_of_column(reference[0]));
        let arena = meta.numbered_table(arena);
        let there = self.keys_there(entity, arena, &stale, by_key)?;
        let unmoved = self.keys_there(entity, arena, &stale, believed)?;
        // A row that is gone needs no deletion.
        let moved: Vec<String> = there.into_iter().filter(|key| !unmoved.contains(key)).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let name = self.map().arena_dyn(entity).map_or(meta.name, |arena| arena.name(stale[0]));
        Err(Error::StaleRow {
            entity: name,
            expected: stale.len(),
            matched: stale.len() - moved.len(),
            keys: moved,
        })
    }

    /// Returns the keys of the objects whose rows still have the values in some columns that the
    /// objects in memory have. Sends one SELECT for each batch.
    pub(in crate::session) fn keys_there(
        &mut self,
        entity: usize,
        meta: &EntityMeta,
        slots: &[u32],
        columns: Vec<usize>,
    ) -> Result<Vec<String>> {
        self.begin_read()?;
        let dialect = self.dialect();
        let mut found = Vec::new();
        for slots in slots.chunks(KeyForm::max_keys(dialect, columns.len())) {
            let (map, sender) = self.map_and_sender();
            let Some(arena) = map.arena_dyn(entity) else { return Ok(found) };
            let keys = StoredKeys::new(dialect, arena, slots, columns.iter().copied());
            let mut text = sql::select_keys(dialect, meta, columns.iter().copied(), keys.form());
            if dialect.capabilities().keeps_first_look {
                // The row as it is now, not as it was when the transaction began to read.
                text.push_str(" LOCK IN SHARE MODE");
            }
            let statement = Statement { sql: &text, values: &keys, cached: false };
            let loaded = sender.load(&statement, &mut |row| {
                found.push(arena.leading_key_text(row)?);
                Ok(())
            });
            if let Err(fault) = loaded {
                return Err(self.fault(fault));
            }
        }
        Ok(found)
    }

    fn key_text(&self, entity: usize, slot: u32) -> Option<String> {
        self.map().arena_dyn(entity)?.key_text(slot)
    }

    /// Loads the rows of an entity in which some columns have these values and another column is
    /// NULL. Objects that were not read in this transaction take the values of their rows, except
    /// objects with pending changes whose row has another version. Returns the slots, which are not
    /// in any collection yet.
    pub(in crate::session) fn load_by(
        &mut self,
        meta: &'static EntityMeta,
        columns: &[usize],
        keys: &dyn KeyList,
        null: Option<usize>,
    ) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        if keys.len() == 0 {
            return Ok(found);
        }
        self.begin_flush()?;
        let dialect = self.dialect();
        let most = KeyForm::max_keys(dialect, columns.len());
        let horizon = self.map().write_horizon();
        let how = self.map_mut().row_policy(meta, horizon, ColumnSet::EMPTY).to_decide();
        for start in (0..keys.len()).step_by(most) {
            let range = start..keys.len().min(start + most);
            let values = ListedKeys::new(dialect, keys, range, columns.len());
            let text = sql::select_by_columns(dialect, meta, columns, null, values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let (map, sender) = self.map_and_sender();
            let arena = map.arena_dyn_of(meta);
            let loaded = sender.load(&statement, &mut |row| {
                found.extend(arena.load_row(row, &how)?);
                Ok(())
            });
            loaded.map_err(|fault| self.fault(fault))?;
        }
        Ok(found)
    }
}
