//! Finding out what is in memory of a relationship, and what must be loaded.

use std::any::Any;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::handle::RawHandle;
use crate::map::IdentityMap;
use crate::mapping::{EntityMeta, Reference, RelationshipMeta};
use crate::select::PathStep;
use crate::session::Session;

impl Session {
    /// Returns the objects whose relationship is not in memory or not current, each once.
    pub(super) fn unloaded(&self, step: &PathStep<'_>, owners: &[u32], horizon: u32) -> Vec<u32> {
        let relationship = step.relationship;
        let mut seen = HashSet::with_hasher(RandomState::default());
        let lacks = |&owner: &u32| match (step.is_to_one(), step.is_filtered()) {
            (true, _) => self.map().lacks_target(relationship, owner, horizon),
            (false, true) => self.map().all_stored((relationship.source)(), &[owner]),
            (false, false) => self.map().lacks_collection(relationship, owner, horizon),
        };
        // In a hierarchy, objects of other subtypes do not have the relationship.
        let source = (relationship.source)();
        let owners = owners.iter().copied().filter(|&owner| self.map().is(source, owner));
        owners.filter(lacks).filter(|&owner| seen.insert(owner)).collect()
    }

    /// Adds the objects that were loaded together with these and lack the relationship as well.
    pub(super) fn with_cohorts(&self, step: &PathStep<'_>, unloaded: Vec<u32>) -> Vec<u32> {
        let entity = (step.relationship.source)().entity.index();
        let Some(arena) = self.map().arena_dyn(entity) else { return unloaded };
        let mut all: HashSet<u32, RandomState> = unloaded.iter().copied().collect();
        let mut wanted = Vec::new();
        let mut asked: HashSet<u32, RandomState> = HashSet::default();
        for owner in unloaded {
            if !asked.contains(&owner) {
                let cohort = arena.cohort(owner);
                asked.extend(&cohort);
                let cohort = self.unloaded(step, &cohort, self.map().horizon());
                wanted.extend(cohort.into_iter().filter(|&other| all.insert(other)));
            }
            wanted.push(owner);
        }
        wanted.sort_unstable();
        wanted
    }

    /// Returns the objects at the end of a relationship of these objects that are in memory, each
    /// once.
    pub(super) fn reached(&self, step: &PathStep<'_>, owners: &[u32]) -> Vec<u32> {
        let relationship = step.relationship;
        let meta = (relationship.target)();
        let target = meta.entity.index();
        let mut seen = HashSet::with_hasher(RandomState::default());
        let mut reached = Vec::new();
        let mut reach = |slot: Option<u32>| {
            if let Some(slot) = slot
                && self.map().is(meta, slot)
                && seen.insert(slot)
            {
                reached.push(slot);
            }
        };
        let source = (relationship.source)().entity.index();
        for &owner in owners {
            if step.is_to_one() {
                reach(self.map().leads_to(source, owner, relationship.foreign_key, target));
                continue;
            }
            let members = self.map().members(relationship, owner, step.is_filtered());
            let Some(association) = relationship.association else {
                members.into_iter().flatten().for_each(|slot| reach(Some(slot)));
                continue;
            };
            let rows = (association.entity)().entity.index();
            for row in members.into_iter().flatten() {
                reach(self.map().leads_to(rows, row, association.foreign_key, target));
            }
        }
        reached
    }

    /// Completes references whose targets are in memory, so that later lookups do not need keys.
    pub(super) fn link_references(
        &mut self,
        relationship: &'static RelationshipMeta,
        owners: &[u32],
    ) {
        let source = (relationship.source)().entity.index();
        let target = (relationship.target)().entity.index();
        self.map_mut().link_references(source, relationship.foreign_key, target, owners);
    }
}

impl IdentityMap {
    /// Returns `true` if all these objects have rows.
    pub(in crate::session) fn all_stored(&self, meta: &EntityMeta, slots: &[u32]) -> bool {
        let Some(arena) = self.arena_dyn(meta.entity.index()) else { return slots.is_empty() };
        slots.iter().all(|&slot| arena.header(slot).is_some_and(|header| header.is_stored()))
    }

    /// Returns `true` if a stored object references one that is not in memory or not current.
    fn lacks_target(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        horizon: u32,
    ) -> bool {
        let meta = (relationship.target)();
        let target = meta.entity.index();
        let Some(arena) = self.arena_dyn((relationship.source)().entity.index()) else {
            return false;
        };
        let reference = arena.reference(owner, relationship.foreign_key);
        if reference.is_null() || !arena.header(owner).is_some_and(|header| header.is_stored()) {
            return false;
        }
        let found = self.target_slot(reference, target);
        if found.is_none()
            && let (Some(key), Some(targets)) = (reference.key, self.arena_dyn(target))
            && targets.is_absent(key, meta.subtype, horizon)
        {
            return false;
        }
        if found.is_some_and(|slot| !self.is(meta, slot)) {
            // The key is in memory as another subtype, so no row of the target has it.
            return false;
        }
        let header = found.and_then(|slot| self.arena_dyn(target)?.header(slot));
        header.is_none_or(|header| {
            header.is_stored() && header.age() < horizon && reference.key.is_some()
        })
    }

    /// Remembers the foreign keys of some owners for which no row was found.
    pub(in crate::session) fn note_absent_targets(
        &mut self,
        relationship: &'static RelationshipMeta,
        owners: &[u32],
    ) {
        let (source, target) = ((relationship.source)(), (relationship.target)());
        let arena = |meta: &EntityMeta| self.arena_dyn(meta.entity.index());
        let (Some(source), Some(targets)) = (arena(source), arena(target)) else { return };
        let references = owners.iter().map(|&it| source.reference(it, relationship.foreign_key));
        let keys: Vec<_> = references.filter_map(|reference| reference.key).collect();
        let absent = targets.keys_to_load(&keys, 0);
        let age = self.age();
        if absent.len() > 0 {
            self.arena_dyn_of(target).note_absent(&*absent, target.subtype, age);
        }
    }

    /// Completes references of an entity, so that they point to objects without a lookup by key.
    pub(in crate::session) fn link_references(
        &mut self,
        source: usize,
        foreign_key: usize,
        target: usize,
        owners: &[u32],
    ) {
        // Objects that were loaded together often reference the same object.
        let mut last: Option<(u32, Option<Box<dyn Any>>)> = None;
        for &owner in owners {
            let Some(arena) = self.arena_dyn(source) else { return };
            let reference = arena.reference(owner, foreign_key);
            let Some(slot) = self.target_slot(reference, target) else { continue };
            let link: Option<RawHandle> = self.raw_handle(target, slot);
            if reference.handle == link {
                continue;
            }
            let key = match (last, self.arena_dyn(target), reference.key) {
                (Some((known, key)), Some(targets), _)
                    if known == slot && targets.has_exact_keys() =>
                {
                    key
                }
                // The reference keeps the key as its row has it, even if the object writes it
                // differently.
                (_, Some(targets), Some(key)) if !targets.has_exact_keys() => targets.copy_key(key),
                (_, targets, _) => targets.and_then(|arena| arena.current_key(slot)),
            };
            if let Some(arena) = self.arena_dyn_mut(source) {
                let to = Reference::with_key(link, key.as_deref());
                arena.propagate_reference(owner, foreign_key, to);
            }
            last = Some((slot, key));
        }
    }
}
