//! Cascades of deletions and orphans, before a flush is planned. The affected objects are in memory
//! afterwards, so that the plan and the hooks see them like any others.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::map::{ReferencingIndex, ReferencingKey, is_owned, switched};
use crate::mapping::{EntityMeta, OnDelete};
use crate::session::Session;

impl Session {
    /// Follows deletions until they bring no more.
    pub(in crate::session) fn cascade(&mut self) -> Result<()> {
        let mut referring = ReferencingIndex::default();
        let mut delete_pending: Vec<(usize, u32)> = Vec::new();
        for (entity, arena) in self.map().arenas() {
            delete_pending.extend(arena.delete_pending().into_iter().map(|slot| (entity, slot)));
        }
        let mut seen = 0;
        loop {
            let mut orphans = self.delete_orphans()?;
            orphans |= self.delete_owned(&mut referring)?;
            while !delete_pending.is_empty() || seen < self.map().count_deleted_along() {
                let [stored, new] = self.map().deleted_along(seen);
                seen = self.map().count_deleted_along();
                delete_pending.extend(stored);
                for (entity, slot) in new {
                    if let Some(meta) = self.map().arena_dyn(entity).map(|arena| arena.meta()) {
                        self.map_mut().abandon_along(meta, slot);
                    }
                }
                self.follow_deletions(&std::mem::take(&mut delete_pending), &mut referring)?;
            }
            if !orphans {
                return Ok(());
            }
        }
    }

    /// Follows the deletions of these objects by one step.
    fn follow_deletions(
        &mut self,
        delete_pending: &[(usize, u32)],
        referring: &mut ReferencingIndex,
    ) -> Result<()> {
        let arenas = self.map().arenas().map(|(entity, arena)| (entity, arena.meta()));
        let arenas: Vec<(usize, &'static EntityMeta)> = arenas.collect();
        for (entity, meta) in arenas {
            let targets = delete_pending.iter().filter(|(other, _)| *other == entity);
            let targets: Vec<u32> = targets.map(|(_, slot)| *slot).collect();
            if targets.is_empty() {
                continue;
            }
            for referencing_key in self.map().referencing_keys(meta) {
                self.apply_on_delete(entity, meta, &targets, referencing_key, referring)?;
            }
        }
        Ok(())
    }

    /// Applies the `on_delete` rule to the objects that reference these.
    fn apply_on_delete(
        &mut self,
        entity: usize,
        meta: &'static EntityMeta,
        targets: &[u32],
        referencing_key: ReferencingKey,
        referring: &mut ReferencingIndex,
    ) -> Result<()> {
        let on_delete =
            match referencing_key.child().foreign_keys[referencing_key.foreign_key()].on_delete {
                // An object without an owner is deleted, before its owner.
                OnDelete::Restrict if is_owned(referencing_key) => OnDelete::Cascade,
                OnDelete::Restrict => return Ok(()),
                said => said,
            };
        // A reference cannot point to an object of another subtype.
        let leads_to =
            (referencing_key.child().foreign_keys[referencing_key.foreign_key()].target)();
        let targets = targets.iter().copied().filter(|&slot| self.map().is(leads_to, slot));
        let targets: &[u32] = &targets.collect::<Vec<_>>();
        if targets.is_empty() {
            return Ok(());
        }
        let purged = self.map().arena_dyn(entity).map_or_else(BTreeSet::new, |arena| {
            targets.iter().copied().filter(|&slot| arena.is_purged(slot)).collect()
        });
        // A kept row can come back, so only rows that are kept too are deleted with it.
        let follows_kept =
            on_delete == OnDelete::Cascade && referencing_key.child().soft_delete.is_some();
        let gone: Vec<u32>;
        let targets = if meta.soft_delete.is_some() && !follows_kept {
            gone = targets.iter().copied().filter(|slot| purged.contains(slot)).collect();
            &gone
        } else {
            targets
        };
        if follows_kept && meta.soft_delete.is_none() {
            self.refuse_to_lose_kept(entity, targets, referencing_key, referring)?;
        }
        let mut loaded = false;
        if on_delete != OnDelete::Database {
            let unloaded = targets.iter().copied();
            let unloaded: Vec<u32> = unloaded
                .filter(|&slot| self.map().lacks_referring(referencing_key, entity, slot))
                .collect();
            let keeps = on_delete == OnDelete::Cascade && purged.is_empty();
            if !unloaded.is_empty() {
                self.load_referring(entity, &unloaded, referencing_key, keeps)?;
                referring.forget(referencing_key.child().entity.index());
                loaded = true;
            }
        }
        let child = referencing_key.child().entity.index();
        let found = match on_delete {
            // Only new objects matter here; the database handles the stored rows.
            OnDelete::Database => referring.to(
                self.map(),
                referencing_key.child(),
                referencing_key.foreign_key(),
                targets,
            ),
            _ => self.believed(referencing_key, targets, referring, loaded)?,
        };
        for (slot, target) in found {
            let Some(arena) = self.map().arena_dyn(child) else { continue };
            let is_new = arena.is_pending(slot);
            let by_key = arena.reference(slot, referencing_key.foreign_key()).handle.is_none();
            let is_switched =
                || self.map().arena_dyn(entity).is_some_and(|arena| switched(arena, target));
            if is_new && by_key && is_switched() {
                // It belongs to the new object that takes over the row.
                continue;
            }
            match on_delete {
                OnDelete::Nullify => self.map_mut().nullify(referencing_key, slot, target),
                OnDelete::Database if !is_new => {}
                _ => {
                    self.map_mut().delete_along(child, slot, purged.contains(&target));
                }
            }
        }
        Ok(())
    }

    /// Refuses a deletion with which the database would delete rows that must be kept, including
    /// rows that are already marked as deleted.
    fn refuse_to_lose_kept(
        &mut self,
        entity: usize,
        targets: &[u32],
        referencing_key: ReferencingKey,
        referring: &mut ReferencingIndex,
    ) -> Result<()> {
        self.load_referring(entity, targets, referencing_key, false)?;
        let child = referencing_key.child().entity.index();
        referring.forget(child);
        let found = self.believed(referencing_key, targets, referring, true)?;
        let arena = self.map().arena_dyn(child);
        let stored = |slot: u32| arena.is_some_and(|arena| !arena.is_pending(slot));
        match found.into_iter().find(|&(slot, _)| stored(slot)) {
            None => Ok(()),
            Some((slot, _)) => Err(Error::InvalidState {
                entity: arena.map_or(referencing_key.child().name, |arena| arena.name(slot)),
                key: arena.and_then(|arena| arena.key_text(slot)),
                action: "kept",
                reason: "the row that it references is deleted for good; purge() this object too, or \
                         keep the deleted rows of the entity that it references (soft_delete)",
            }),
        }
    }

    /// Returns the objects that reference these, each with its target. A reference that was read in
    /// an earlier transaction is not trusted: its row was loaded now, or is read again.
    fn believed(
        &mut self,
        referencing_key: ReferencingKey,
        targets: &[u32],
        referring: &mut ReferencingIndex,
        loaded: bool,
    ) -> Result<Vec<(u32, u32)>> {
        let (child, foreign_key) = (referencing_key.child(), referencing_key.foreign_key());
        let entity = child.entity.index();
        let mut found = referring.to(self.map(), child, foreign_key, targets);
        let slots: Vec<u32> = found.iter().map(|&(slot, _)| slot).collect();
        let doubtful = self.map().doubtful(entity, foreign_key, &slots);
        if doubtful.is_empty() {
            return Ok(found);
        }
        if !loaded {
            self.read_by_key(entity, &doubtful)?;
            found = referring.to(self.map(), child, foreign_key, targets);
        }
        let stale = self.map().doubtful(entity, foreign_key, &doubtful);
        found.retain(|(slot, _)| {
            !stale.contains(slot) || self.map().has_edited_reference(entity, *slot, foreign_key)
        });
        Ok(found)
    }

    /// Deletes objects that have left a collection with `delete_orphan`. Returns `true` if there
    /// were any.
    fn delete_orphans(&mut self) -> Result<bool> {
        let mut any = false;
        for (meta, foreign_key, left) in self.map().left_one_owner() {
            // The current row says whether the object has another owner.
            let entity = meta.entity.index();
            let stale = self.map().stale_for_write(entity, &left);
            self.check_orphans(entity, foreign_key, &stale)?;
            self.read_by_key(entity, &stale)?;
        }
        for (entity, foreign_key, orphans) in self.map().orphans() {
            self.check_orphans(entity, foreign_key, &orphans)?;
            for slot in orphans {
                any |= self.map_mut().delete_along(entity, slot, false);
            }
        }
        Ok(any)
    }

    /// Deletes objects whose owner has released them or is deleted.
    fn delete_owned(&mut self, referring: &mut ReferencingIndex) -> Result<bool> {
        let mut any = false;
        for (entity, foreign_key) in self.map().owning_references() {
            let owners = self.map().have_let_go(entity, foreign_key);
            if owners.is_empty() {
                continue;
            }
            // The current rows of the owners say what they own.
            let doubtful = self.map().doubtful(entity, foreign_key, &owners);
            self.read_by_key(entity, &doubtful)?;
            let gone = self.map().doubtful(entity, foreign_key, &doubtful);
            let mut owners = self.map().have_let_go(entity, foreign_key);
            owners.retain(|owner| !gone.contains(owner));
            let Some(arena) = self.map().arena_dyn(entity) else { continue };
            let owning = arena.meta();
            let target = (arena.meta().foreign_keys[foreign_key].target)();
            self.load_targets(entity, &owners, foreign_key, target)?;
            referring.forget(target.entity.index());
            let target = target.entity.index();
            for owner in owners {
                let Some(arena) = self.map().arena_dyn(entity) else { continue };
                let stored = arena.stored_reference(owner, foreign_key);
                let Some(owned) = self.map().target_slot(stored, target) else { continue };
                if referring.to(self.map(), owning, foreign_key, &[owned]).is_empty() {
                    any |= self.map_mut().delete_along(target, owned, false);
                }
            }
        }
        Ok(any)
    }

    /// Loads the rows that references of some objects point to in the database, unless they are in
    /// memory. Sends one SELECT for each batch.
    fn load_targets(
        &mut self,
        entity: usize,
        owners: &[u32],
        foreign_key: usize,
        target: &'static EntityMeta,
    ) -> Result<()> {
        self.map_mut().arena_dyn_of(target);
        let keys = {
            let (Some(owning), Some(targets)) =
                (self.map().arena_dyn(entity), self.map().arena_dyn(target.entity.index()))
            else {
                return Ok(());
            };
            let stored = owners.iter().map(|&slot| owning.stored_reference(slot, foreign_key));
            let keys: Vec<_> = stored.filter_map(|reference| reference.key).collect();
            targets.keys_to_load(&keys, 0)
        };
        self.load_by(target, target.key, &*keys, None)?;
        if let Some(owning) = self.map().arena_dyn(entity).map(|arena| arena.meta()) {
            self.pair(owning, foreign_key, owners)?;
        }
        self.pair_arrivals(target)?;
        self.map_mut().fix_up_all();
        Ok(())
    }

    /// Loads the rows that reference some objects. Sends one SELECT for each batch. If the rows are
    /// only to be marked as deleted, leaves out those that already are.
    fn load_referring(
        &mut self,
        entity: usize,
        targets: &[u32],
        referencing_key: ReferencingKey,
        keeps: bool,
    ) -> Result<()> {
        let Some(arena) = self.map().arena_dyn(entity) else { return Ok(()) };
        let keys = arena.stored_keys(targets);
        let columns = referencing_key.child().foreign_keys[referencing_key.foreign_key()].columns;
        let unmarked = referencing_key.child().soft_delete.filter(|_| keeps);
        let found = self.load_by(referencing_key.child(), columns, &*keys, unmarked)?;
        self.pair_found(referencing_key.child(), referencing_key.foreign_key(), &found)?;
        self.pair_arrivals(referencing_key.child())?;
        self.map_mut().fix_up_all();
        Ok(())
    }
}
