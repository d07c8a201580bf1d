//! Before a flush is planned: what deletions bring with them, and what is orphaned. The objects are in
//! memory afterwards, so that the plan and the hooks see them as any others.

use std::collections::BTreeSet;

use super::Session;
use super::rows::ListedKeys;
use crate::backend::Statement;
use crate::error::Result;
use crate::map::{KeyList, Referrer, Referring, switched};
use crate::mapping::{ColumnSet, EntityMeta, OnDelete};
use crate::sql::{self, KeyForm};

impl Session {
    /// Follows deletions until they bring nothing new.
    pub(super) fn cascade(&mut self) -> Result<()> {
        let mut referring = Referring::default();
        let mut doomed: Vec<(usize, u32)> = Vec::new();
        for (entity, table) in self.map.tables() {
            doomed.extend(table.doomed().into_iter().map(|slot| (entity, slot)));
        }
        let mut seen = 0;
        loop {
            let mut orphans = self.map.doom_orphans();
            orphans |= self.doom_owned(&mut referring)?;
            while !doomed.is_empty() || seen < self.map.doomed_along(seen).1 {
                let (more, all) = self.map.doomed_along(seen);
                seen = all;
                doomed.extend(more);
                self.follow_deletions(&std::mem::take(&mut doomed), &mut referring)?;
            }
            if !orphans {
                return Ok(());
            }
        }
    }

    /// One round over objects that are to be deleted.
    fn follow_deletions(
        &mut self,
        doomed: &[(usize, u32)],
        referring: &mut Referring,
    ) -> Result<()> {
        let tables = self.map.tables().map(|(entity, table)| (entity, table.meta()));
        let tables: Vec<(usize, &'static EntityMeta)> = tables.collect();
        for (entity, meta) in tables {
            let targets = doomed.iter().filter(|(other, _)| *other == entity);
            let targets: Vec<u32> = targets.map(|(_, slot)| *slot).collect();
            if targets.is_empty() {
                continue;
            }
            for referrer in self.map.referrers(meta) {
                self.follow(entity, meta, &targets, referrer, referring)?;
            }
        }
        Ok(())
    }

    /// What the objects do that refer to these.
    fn follow(
        &mut self,
        entity: usize,
        meta: &'static EntityMeta,
        targets: &[u32],
        referrer: Referrer,
        referring: &mut Referring,
    ) -> Result<()> {
        let on_delete = referrer.child.foreign_keys[referrer.foreign_key].on_delete;
        if on_delete == OnDelete::Restrict {
            return Ok(());
        }
        // To an object of another kind nothing refers by it.
        let leads_to = (referrer.child.foreign_keys[referrer.foreign_key].target)();
        let targets = targets.iter().copied().filter(|&slot| self.map.is(leads_to, slot));
        let targets: &[u32] = &targets.collect::<Vec<_>>();
        if targets.is_empty() {
            return Ok(());
        }
        let purged = self.map.table(entity).map_or_else(BTreeSet::new, |table| {
            targets.iter().copied().filter(|&slot| table.is_purged(slot)).collect()
        });
        // A row that is kept can come back: only what is kept as well goes with it.
        let follows_kept = on_delete == OnDelete::Cascade && referrer.child.soft_delete.is_some();
        let gone: Vec<u32>;
        let targets = if meta.soft_delete.is_some() && !follows_kept {
            gone = targets.iter().copied().filter(|slot| purged.contains(slot)).collect();
            &gone
        } else {
            targets
        };
        if on_delete != OnDelete::Database {
            let lacking = targets.iter().copied();
            let lacking: Vec<u32> =
                lacking.filter(|&slot| self.map.lacks_referring(referrer, entity, slot)).collect();
            let keeps = on_delete == OnDelete::Cascade && purged.is_empty();
            if !lacking.is_empty() {
                self.load_referring(entity, &lacking, referrer, keeps)?;
                referring.forget(referrer.child.entity.index());
            }
        }
        let child = referrer.child.entity.index();
        let found = referring.to(&self.map, referrer.child, referrer.foreign_key, targets);
        for (slot, target) in found {
            let Some(table) = self.map.table(child) else { continue };
            let is_new = table.is_pending(slot);
            let by_key = table.reference(slot, referrer.foreign_key).link.is_none();
            let is_switched =
                || self.map.table(entity).is_some_and(|table| switched(table, target));
            if is_new && by_key && is_switched() {
                // It belongs to the new object that takes over the row.
                continue;
            }
            match on_delete {
                OnDelete::Nullify => self.map.nullify(referrer, slot, target),
                OnDelete::Database if !is_new => {}
                _ => {
                    self.map.doom_along(child, slot, purged.contains(&target));
                }
            }
        }
        Ok(())
    }

    /// Deletes objects that belong to one that has let go of them, or is deleted itself.
    fn doom_owned(&mut self, referring: &mut Referring) -> Result<bool> {
        let mut any = false;
        for (entity, foreign_key) in self.map.owning_references() {
            let owners = self.map.have_let_go(entity, foreign_key);
            if owners.is_empty() {
                continue;
            }
            let Some(table) = self.map.table(entity) else { continue };
            let owning = table.meta();
            let target = (table.meta().foreign_keys[foreign_key].target)();
            self.load_targets(entity, &owners, foreign_key, target)?;
            referring.forget(target.entity.index());
            let target = target.entity.index();
            for owner in owners {
                let Some(table) = self.map.table(entity) else { continue };
                let stored = table.stored_reference(owner, foreign_key);
                let Some(owned) = self.map.target_slot(stored, target) else { continue };
                if referring.to(&self.map, owning, foreign_key, &[owned]).is_empty() {
                    any |= self.map.doom_along(target, owned, false);
                }
            }
        }
        Ok(any)
    }

    /// Loads the rows to which references of some objects lead in the database, as far as they are not in
    /// memory: one SELECT a batch.
    fn load_targets(
        &mut self,
        entity: usize,
        owners: &[u32],
        foreign_key: usize,
        target: &'static EntityMeta,
    ) -> Result<()> {
        self.map.table_of(target);
        let keys = {
            let (Some(owning), Some(targets)) =
                (self.map.table(entity), self.map.table(target.entity.index()))
            else {
                return Ok(());
            };
            let stored = owners.iter().map(|&slot| owning.stored_reference(slot, foreign_key));
            let keys: Vec<_> = stored.filter_map(|reference| reference.key).collect();
            targets.keys_to_load(&keys, 0)
        };
        self.load_by(target, target.key, &*keys, None)
    }

    /// Loads the rows that refer to some objects: one SELECT a batch. Rows that are marked as deleted
    /// already are left out where the others are to be marked.
    fn load_referring(
        &mut self,
        entity: usize,
        targets: &[u32],
        referrer: Referrer,
        keeps: bool,
    ) -> Result<()> {
        let Some(table) = self.map.table(entity) else { return Ok(()) };
        let keys = table.stored_keys(targets);
        let columns = referrer.child.foreign_keys[referrer.foreign_key].columns;
        let unmarked = referrer.child.soft_delete.filter(|_| keeps);
        self.load_by(referrer.child, columns, &*keys, unmarked)
    }

    /// Loads the rows of an entity in which some columns have these values, and another is NULL.
    fn load_by(
        &mut self,
        meta: &'static EntityMeta,
        columns: &[usize],
        keys: &dyn KeyList,
        null: Option<usize>,
    ) -> Result<()> {
        if keys.len() == 0 {
            return Ok(());
        }
        self.begin_flush()?;
        let dialect = self.dialect();
        let most = KeyForm::max_keys(dialect, columns.len());
        let how = self.map.adopt(meta, false, ColumnSet::EMPTY);
        for start in (0..keys.len()).step_by(most) {
            let range = start..keys.len().min(start + most);
            let values = ListedKeys::new(dialect, keys, range, columns.len());
            let text = sql::select_by_columns(dialect, meta, columns, null, values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let table = self.map.table_of(meta);
            let loaded = self.link.load(&statement, &mut |row| table.adopt(row, &how).map(drop));
            loaded.map_err(|fault| self.fault(fault))?;
        }
        self.map.settle_all();
        Ok(())
    }
}
