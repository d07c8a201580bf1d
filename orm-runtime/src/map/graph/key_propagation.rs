//! The keys that references take from their objects, and give back.
//!
//! A flush sets the key of an object as soon as the database has generated it, so that the
//! following rows can reference it. If the flush fails, or is undone later, all these keys are
//! unset, and each reference still has the handle of its object.

use super::propagated_keys::FoundByNewKey;
use super::propagated_keys::PropagatedKeys;
use std::any::Any;

use super::IdentityMap;
use crate::error::{Error, Result};
use crate::map::store::ErasedArena;
use crate::mapping::{ColumnSet, Entity, Reference};

impl IdentityMap {
    /// Sets the keys of the references of all pending objects whose targets have keys.
    pub(crate) fn propagate_keys(&mut self) {
        for entity in self.entities_that_refer() {
            let Some(arena) = self.arena_dyn(entity) else { continue };
            if !arena.is_clean() {
                let waiting = arena.waiting();
                self.propagate_keys_to(entity, &waiting);
            }
        }
    }

    /// Sets the keys of the references of some objects to the current keys of their targets.
    pub(crate) fn propagate_keys_to(&mut self, entity: usize, slots: &[u32]) {
        let Some(arena) = self.arena_dyn(entity) else { return };
        let references = arena.meta().foreign_keys.iter().enumerate();
        let references = references.filter(|(_, reference)| reference.field.is_some());
        let references: Vec<_> =
            references.map(|(n, reference)| (n, (reference.target)().entity.index())).collect();
        if references.is_empty() {
            return;
        }
        for &slot in slots {
            for &(foreign_key, target) in &references {
                self.propagate_key(entity, slot, foreign_key, target);
            }
        }
    }

    fn propagate_key(&mut self, entity: usize, slot: u32, foreign_key: usize, target: usize) {
        let Some(arena) = self.arena_dyn(entity) else { return };
        let reference = arena.reference(slot, foreign_key);
        let had_key = reference.key.is_some();
        let link = reference.handle.and_then(|link| Some((link, self.handle_slot(link, target)?)));
        let Some((link, at)) = link else {
            self.follow_changing_key(entity, slot, foreign_key, target);
            return;
        };
        let Some(targets) = self.arena_dyn(target) else { return };
        if had_key && self.is_unmoved(arena, slot, foreign_key, target) {
            // If the target gets another key, the database updates the row.
            return;
        }
        let Some(key) = targets.current_key(at) else { return };
        let to = Reference::with_key(Some(link), Some(&*key));
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.propagate_reference(slot, foreign_key, to);
            if !had_key {
                self.propagated.references.push((entity, slot, foreign_key));
            }
        }
    }

    /// Sets a new reference by key to the object that has the key in the database, if that object
    /// is about to change its key.
    fn follow_changing_key(&mut self, entity: usize, slot: u32, foreign_key: usize, target: usize) {
        let (Some(arena), Some(targets)) = (self.arena_dyn(entity), self.arena_dyn(target)) else {
            return;
        };
        let Some(key) = arena.reference(slot, foreign_key).key else { return };
        let Some(at) = targets.gives_up_key(key) else { return };
        // The database updates a reference that is not new.
        if self.is_unmoved(arena, slot, foreign_key, target) {
            return;
        }
        let (link, key) = (self.raw_handle(target, at), targets.current_key(at));
        if let (Some(key), Some(arena)) = (key, self.arena_dyn_mut(entity)) {
            let to = Reference::with_key(link, Some(&*key));
            arena.propagate_reference(slot, foreign_key, to);
        }
    }

    /// Prepares references for reading rows of an entity: a reference that was set to its old
    /// target again gets its old key, so that it does not count as an edit.
    pub(super) fn restore_unmoved(&mut self, entity: usize) {
        let Some(arena) = self.arena_dyn(entity) else { return };
        let touched = arena.touched();
        if touched.is_empty() {
            return;
        }
        let references = arena.meta().foreign_keys.iter().enumerate();
        let references = references.filter(|(_, reference)| reference.field.is_some());
        let references: Vec<_> =
            references.map(|(n, reference)| (n, (reference.target)().entity.index())).collect();
        for slot in touched {
            for &(n, target) in &references {
                let Some(arena) = self.arena_dyn(entity) else { return };
                let reference = arena.reference(slot, n);
                if reference.key.is_some() || !self.is_unmoved(arena, slot, n, target) {
                    continue;
                }
                let (link, stored) = (reference.handle, arena.stored_reference(slot, n).key);
                let key = stored.and_then(|key| self.arena_dyn(target)?.copy_key(key));
                if let (Some(key), Some(arena)) = (key, self.arena_dyn_mut(entity)) {
                    arena.propagate_reference(slot, n, Reference::with_key(link, Some(&*key)));
                }
            }
        }
    }

    /// Keeps the key of an object that leaves the map in the new references to it.
    pub(super) fn keep_key_of_leaving(&mut self, target: usize, slot: u32) {
        let Some(key) = self.arena_dyn(target).and_then(|arena| arena.row_key(slot)) else {
            return;
        };
        let link = self.raw_handle(target, slot);
        for entity in self.entities_that_refer() {
            let Some(arena) = self.arena_dyn(entity) else { continue };
            let references = arena.meta().foreign_keys.iter().enumerate();
            let there = references.filter(|(_, reference)| {
                reference.field.is_some() && (reference.target)().entity.index() == target
            });
            let there: Vec<usize> = there.map(|(n, _)| n).collect();
            if there.is_empty() {
                continue;
            }
            // An object that a rollback has made transient may be added again.
            let may_lack_key: Vec<u32> =
                arena.waiting().into_iter().chain(arena.transient()).collect();
            let Some(arena) = self.arena_dyn_mut(entity) else { continue };
            for n in there {
                for &waiting in &may_lack_key {
                    let reference = arena.reference(waiting, n);
                    if reference.handle == link && reference.key.is_none() {
                        arena.propagate_reference(
                            waiting,
                            n,
                            Reference::with_key(link, Some(&*key)),
                        );
                    }
                }
            }
        }
    }

    /// Sets the keys of the references of a row that is not in the map.
    pub(crate) fn propagate_into_row<T: Entity>(&self, row: &mut T) -> Result<()> {
        for (n, meta) in T::META.foreign_keys.iter().enumerate() {
            let target = (meta.target)();
            let reference = row.reference(n);
            let Some(link) = reference.handle else {
                if reference.new.is_some() {
                    let reason =
                        "a reference in it has a new object: add that object to the session first";
                    return Err(not_written(row, reason));
                }
                continue;
            };
            let entity = target.entity.index();
            let key = self
                .handle_slot(link, entity)
                .and_then(|at| self.arena_dyn(entity)?.current_key(at));
            let Some(key) = key else {
                let reason = "it references an object that is not stored, or not in this session";
                return Err(not_written(row, reason));
            };
            row.set_reference(n, Reference::with_key(Some(link), Some(&*key)));
        }
        Ok(())
    }

    /// Returns `true` if a reference points to the same object as in the row.
    fn is_unmoved(
        &self,
        arena: &dyn ErasedArena,
        slot: u32,
        foreign_key: usize,
        target: usize,
    ) -> bool {
        if !arena.header(slot).is_some_and(|header| header.touched()) {
            return false;
        }
        let now = self.target_slot(arena.reference(slot, foreign_key), target);
        now.is_some() && now == self.target_slot(arena.stored_reference(slot, foreign_key), target)
    }

    /// Returns the columns of an accessed object that differ from its row, without references that
    /// were set to the same object in another way.
    pub(crate) fn without_unmoved(
        &self,
        arena: &dyn ErasedArena,
        slot: u32,
        columns: ColumnSet,
    ) -> ColumnSet {
        let mut changed = columns;
        for (n, reference) in arena.meta().foreign_keys.iter().enumerate() {
            if reference.field.is_some()
                && reference.columns.iter().any(|&column| changed.contains(column))
                && self.is_unmoved(arena, slot, n, (reference.target)().entity.index())
            {
                changed =
                    reference.columns.iter().fold(changed, |set, &column| set.without(column));
            }
        }
        changed
    }

    /// Sets the key that the database has generated for an object.
    pub(crate) fn assign_key(&mut self, entity: usize, slot: u32, key: i64) {
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.set_auto_key(slot, Some(key));
            self.propagated.objects.push((entity, slot));
        }
    }

    /// Keeps the keys of a successful flush.
    pub(crate) fn accept_keys(&mut self) {
        self.find_by_stored_keys();
        self.propagated = PropagatedKeys::default();
    }

    /// Unsets all keys that a failed flush has set.
    pub(crate) fn revert_keys(&mut self) {
        self.find_by_stored_keys();
        let given = std::mem::take(&mut self.propagated);
        for (entity, slot, foreign_key) in given.references {
            self.forget_key(entity, slot, foreign_key);
        }
        for (entity, slot) in given.objects {
            if let Some(arena) = self.arena_dyn_mut(entity) {
                arena.set_auto_key(slot, None);
            }
        }
    }

    /// Forgets everything that a failed flush has recorded.
    pub(crate) fn revert_prepared(&mut self) {
        self.revert_keys();
        self.revert_cascades();
    }

    /// Removes the keys of objects that have lost them in a rollback, and are new again, from the
    /// references to these objects.
    pub(super) fn forget_lost_keys(&mut self) {
        let mut lost = self.store.take_lost_keys();
        while lost {
            // An object that loses its reference may lose a part of its key with it.
            lost = false;
            for entity in self.entities_that_refer() {
                for (slot, foreign_key) in self.references_to_keyless(entity) {
                    self.forget_key(entity, slot, foreign_key);
                    lost = true;
                }
            }
        }
    }

    fn references_to_keyless(&self, entity: usize) -> Vec<(u32, usize)> {
        let Some(arena) = self.arena_dyn(entity) else { return Vec::new() };
        let mut found = Vec::new();
        for (n, reference) in arena.meta().foreign_keys.iter().enumerate() {
            if reference.field.is_none() {
                continue;
            }
            let target = (reference.target)().entity.index();
            let Some(targets) = self.arena_dyn(target) else { continue };
            let keyless = |slot: &u32| {
                let reference = arena.reference(*slot, n);
                let link = reference.handle.filter(|_| reference.key.is_some());
                link.and_then(|link| self.handle_slot(link, target))
                    .is_some_and(|slot| !targets.has_key(slot))
            };
            found.extend(arena.all().into_iter().filter(keyless).map(|slot| (slot, n)));
        }
        found
    }

    fn forget_key(&mut self, entity: usize, slot: u32, foreign_key: usize) {
        let Some(arena) = self.arena_dyn_mut(entity) else { return };
        let link = arena.reference(slot, foreign_key).handle;
        arena.propagate_reference(slot, foreign_key, Reference::with_key(link, None));
    }

    pub(super) fn entities_that_refer(&self) -> Vec<usize> {
        let refers = |arena: &dyn ErasedArena| {
            arena.meta().foreign_keys.iter().any(|reference| reference.field.is_some())
        };
        let arenas = self.arenas().filter(|(_, arena)| refers(*arena));
        arenas.map(|(entity, _)| entity).collect()
    }

    /// Returns the object that a reference points to, if it is pending. `by_key` finds new objects
    /// by the keys that the program has set.
    pub(crate) fn pending_target(
        &self,
        reference: Reference<'_>,
        target: usize,
        by_key: impl Fn(&dyn Any) -> Option<u32>,
    ) -> Option<u32> {
        let arena = self.arena_dyn(target)?;
        match self.target_slot(reference, target) {
            Some(slot) => arena.header(slot)?.is_pending().then_some(slot),
            None => by_key(reference.key?),
        }
    }
}

/// Finds rows whose key the running flush has changed: the database passes the new key of a target
/// on to rows that have it in their key. Until the flush is over, their statements find the rows by
/// the new key.
impl IdentityMap {
    /// Makes rows that have a part of the key of an object in their key use the new key of the
    /// object.
    pub(crate) fn find_by_new_key(&mut self, entity: usize, slot: u32) {
        let mut first = true;
        let mut targets = vec![(entity, slot)];
        while !targets.is_empty() {
            let mut next = Vec::new();
            for target in targets {
                for found in self.rows_keyed_by(target) {
                    let key = self.arena_dyn(target.0).and_then(|arena| match first {
                        true => arena.current_key(target.1),
                        false => arena.row_key(target.1),
                    });
                    self.set_finding_key(found, key.as_deref());
                    self.propagated.found_by_new_key.push(found);
                    next.push((found.child, found.slot));
                }
            }
            (targets, first) = (next, false);
        }
    }

    /// Restores the stored keys after all statements are sent. They count until the flush has
    /// succeeded.
    pub(crate) fn find_by_stored_keys(&mut self) {
        for found in std::mem::take(&mut self.propagated.found_by_new_key) {
            let key =
                self.arena_dyn(found.target.0).and_then(|arena| arena.row_key(found.target.1));
            self.set_finding_key(found, key.as_deref());
        }
    }

    fn set_finding_key(
        &mut self,
        found: FoundByNewKey,
        key: Option<&(dyn std::any::Any + 'static)>,
    ) {
        let FoundByNewKey { child, slot, foreign_key, .. } = found;
        let Some(arena) = self.arena_dyn_mut(child) else { return };
        let link = arena.stored_reference(slot, foreign_key).handle;
        arena.set_stored_reference(slot, foreign_key, Reference::with_key(link, key));
    }

    /// Returns the pending objects whose rows have the key of an object in their key.
    fn rows_keyed_by(&self, target: (usize, u32)) -> Vec<FoundByNewKey> {
        let mut found = Vec::new();
        for (child, arena) in self.arenas() {
            let meta = arena.meta();
            for (foreign_key, reference) in meta.foreign_keys.iter().enumerate() {
                let is_key = reference.columns.iter().any(|column| meta.key.contains(column));
                let leads_there = (reference.target)().entity.index() == target.0;
                if reference.field.is_none() || !is_key || !leads_there || arena.is_clean() {
                    continue;
                }
                let leads = |slot: &u32| {
                    let stored = arena.stored_reference(*slot, foreign_key);
                    !arena.is_pending(*slot) && self.target_slot(stored, target.0) == Some(target.1)
                };
                let mut slots: Vec<u32> =
                    arena.waiting().into_iter().chain(arena.delete_pending()).collect();
                slots.sort_unstable();
                slots.dedup();
                let slots = slots.into_iter().filter(leads);
                found.extend(slots.map(|slot| FoundByNewKey { child, slot, foreign_key, target }));
            }
        }
        found
    }
}

/// Returns the error about a row outside the map that cannot be written.
fn not_written<T: Entity>(row: &T, reason: &'static str) -> Error {
    let key = row.key().map(|key| format!("{key:?}"));
    Error::InvalidState { entity: T::META.name, key, action: "written", reason }
}
