//! Before a flush is planned: what deletions bring with them, and what is orphaned. The objects are in
//! memory afterwards, so that the plan and the hooks see them as any others.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::rows::ListedKeys;
use crate::backend::Statement;
use crate::error::Result;
use crate::map::{KeyList, Referrer, switched};
use crate::mapping::{ColumnSet, EntityMeta, OnDelete};
use crate::sql::{self, KeyForm};

/// The deleted objects that have been seen to, by entity and slot.
type Seen = BTreeSet<(usize, u32)>;

impl Session {
    /// Follows deletions until they bring nothing new.
    pub(super) fn cascade(&mut self) -> Result<()> {
        let mut seen = Seen::new();
        loop {
            let mut any = self.map.doom_orphans();
            any |= self.doom_owned()?;
            any |= self.follow_deletions(&mut seen)?;
            if !any {
                return Ok(());
            }
            self.map.settle_all();
        }
    }

    /// One round over all objects that are to be deleted. Answers whether something came of it.
    fn follow_deletions(&mut self, seen: &mut Seen) -> Result<bool> {
        let mut doomed: BTreeMap<usize, (&'static EntityMeta, Vec<u32>)> = BTreeMap::new();
        let mut order = Vec::new();
        for (entity, table) in self.map.tables() {
            let slots = table.doomed();
            let new: Vec<u32> =
                slots.into_iter().filter(|slot| seen.insert((entity, *slot))).collect();
            if !new.is_empty() {
                order.push(entity);
                doomed.insert(entity, (table.meta(), new));
            }
        }
        for &entity in &order {
            let (meta, targets) = &doomed[&entity];
            for referrer in self.map.referrers(meta) {
                self.follow(entity, meta, targets, referrer)?;
            }
        }
        Ok(!order.is_empty())
    }

    /// What the objects do that refer to these.
    fn follow(
        &mut self,
        entity: usize,
        meta: &'static EntityMeta,
        targets: &[u32],
        referrer: Referrer,
    ) -> Result<()> {
        let on_delete = referrer.child.foreign_keys[referrer.foreign_key].on_delete;
        if on_delete == OnDelete::Restrict {
            return Ok(());
        }
        let mut switched_targets = BTreeSet::new();
        let mut purged = BTreeSet::new();
        if let Some(table) = self.map.table(entity) {
            switched_targets = switched(table);
            purged = targets.iter().copied().filter(|&slot| table.is_purged(slot)).collect();
        }
        if on_delete != OnDelete::Database {
            let lacking = targets.iter().copied();
            let lacking: Vec<u32> =
                lacking.filter(|&slot| self.map.lacks_referring(referrer, entity, slot)).collect();
            let keeps = on_delete == OnDelete::Cascade && purged.is_empty();
            self.load_referring(entity, &lacking, referrer, keeps)?;
        }
        let targets: BTreeSet<u32> = targets.iter().copied().collect();
        let child = referrer.child.entity.index();
        for (slot, target) in self.map.referring(referrer, &targets) {
            let Some(table) = self.map.table(child) else { continue };
            let is_new = table.is_pending(slot);
            let by_key = table.reference(slot, referrer.foreign_key).link.is_none();
            if is_new && by_key && switched_targets.contains(&target) {
                // It belongs to the new object that takes over the row.
                continue;
            }
            match on_delete {
                OnDelete::Nullify => self.map.nullify(referrer, slot, target),
                OnDelete::Database if !is_new || meta.soft_delete.is_some() => {}
                _ => {
                    self.map.doom_along(child, slot, purged.contains(&target));
                }
            }
        }
        Ok(())
    }

    /// Deletes objects that belong to one that has let go of them, or is deleted itself.
    fn doom_owned(&mut self) -> Result<bool> {
        let mut any = false;
        for (entity, foreign_key) in self.map.owning_references() {
            let owners = self.map.have_let_go(entity, foreign_key);
            if owners.is_empty() {
                continue;
            }
            let Some(table) = self.map.table(entity) else { continue };
            let target = (table.meta().foreign_keys[foreign_key].target)();
            self.load_targets(entity, &owners, foreign_key, target)?;
            let target = target.entity.index();
            for owner in owners {
                let Some(table) = self.map.table(entity) else { continue };
                let stored = table.stored_reference(owner, foreign_key);
                let Some(owned) = self.map.target_slot(stored, target) else { continue };
                if !self.map.is_held(entity, foreign_key, owned) {
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
        self.begin_write()?;
        let dialect = self.dialect();
        let most = KeyForm::max_keys(dialect, columns.len());
        let how = self.map.adopt(false, ColumnSet::EMPTY);
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
