//! The cascades of a deletion, in memory: objects that are deleted with the object that they
//! reference, references that become NULL, and orphans.
//!
//! Every cascade is recorded, so that it can be undone if the flush fails.

use super::cascade_log::CascadeLog;
use super::cascade_log::Nullified;
use std::collections::{BTreeMap, BTreeSet};

use super::IdentityMap;
use crate::map::store::BELIEVE_ALL;
use crate::map::store::BySlot;
use crate::map::store::ErasedArena;
use crate::map::store::State;
use crate::mapping::{EntityMeta, OnDelete, Reference, RelationshipKind, RelationshipMeta};

/// A reference of some entity to a given one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReferencingKey {
    child: &'static EntityMeta,
    foreign_key: usize,
    /// The collection at the other end, if there is one.
    collection: Option<&'static RelationshipMeta>,
}

impl ReferencingKey {
    /// Returns the entity that has the reference.
    pub(crate) fn child(&self) -> &'static EntityMeta {
        self.child
    }

    /// Returns the position of the foreign key in its metadata.
    pub(crate) fn foreign_key(&self) -> usize {
        self.foreign_key
    }
}

impl IdentityMap {
    /// Returns the references to an entity: the references of its collections, and references from
    /// all entities that have objects in memory.
    pub(crate) fn referencing_keys(&self, target: &'static EntityMeta) -> Vec<ReferencingKey> {
        let mut found: Vec<ReferencingKey> = Vec::new();
        let mut enter = |referencing_key: ReferencingKey| {
            let same = |other: &ReferencingKey| {
                other.foreign_key == referencing_key.foreign_key
                    && other.child.entity.index() == referencing_key.child.entity.index()
            };
            if !found.iter().any(same) {
                found.push(referencing_key);
            }
        };
        for relationship in target.relationships {
            if relationship.kind != RelationshipKind::ManyToOne {
                let collection = relationship.filter.is_none().then_some(relationship);
                let (child, _) = relationship.made_by();
                enter(ReferencingKey { child, foreign_key: relationship.foreign_key, collection });
            }
        }
        for (_, arena) in self.arenas() {
            let child = arena.meta();
            for (foreign_key, reference) in child.foreign_keys.iter().enumerate() {
                let leads_there = (reference.target)().entity.index() == target.entity.index();
                if reference.field.is_some() && leads_there {
                    enter(ReferencingKey { child, foreign_key, collection: None });
                }
            }
        }
        found
    }

    /// Returns `true` if objects that reference this one may be missing in memory.
    pub(crate) fn lacks_referring(
        &self,
        referencing_key: ReferencingKey,
        target: usize,
        slot: u32,
    ) -> bool {
        let horizon = self.write_horizon();
        match referencing_key.collection {
            Some(collection) => self.lacks_collection(collection, slot, horizon),
            None => self
                .arena_dyn(target)
                .and_then(|arena| arena.header(slot))
                .is_some_and(|header| !header.known() || header.age() < horizon),
        }
    }

    /// Removes from the unit of work what depends on a new object that the user has removed from
    /// it. A flush that fails does not undo this.
    pub(crate) fn follow_abandoned(&mut self, meta: &'static EntityMeta, slot: u32) {
        self.abandon_along(meta, slot);
        self.keep_cascades();
    }

    /// Removes new objects that reference a removed new object from the unit of work, according to
    /// the `on_delete` of their references.
    pub(crate) fn abandon_along(&mut self, meta: &'static EntityMeta, slot: u32) {
        let mut referring = ReferencingIndex::default();
        let mut waiting = vec![(meta, slot)];
        while let Some((meta, slot)) = waiting.pop() {
            for referencing_key in self.referencing_keys(meta) {
                let on_delete =
                    referencing_key.child.foreign_keys[referencing_key.foreign_key].on_delete;
                let child = referencing_key.child.entity.index();
                let found =
                    referring.to(self, referencing_key.child, referencing_key.foreign_key, &[slot]);
                for (object, target) in found {
                    match on_delete {
                        OnDelete::Restrict => {}
                        OnDelete::Nullify => self.nullify(referencing_key, object, target),
                        OnDelete::Cascade | OnDelete::Database => {
                            // A stored object is not deleted because of an object that never had a
                            // row; the flush reports an error for it.
                            let new = self.arena_dyn(child).is_some_and(|it| it.is_pending(object));
                            if new && self.delete_along(child, object, false) {
                                waiting.push((referencing_key.child, object));
                            }
                        }
                    }
                }
            }
        }
    }

    /// Deletes an object by a cascade. An object that is not stored only leaves the unit of work.
    pub(crate) fn delete_along(&mut self, entity: usize, slot: u32, for_good: bool) -> bool {
        let Some(arena) = self.arena_dyn_mut(entity) else { return false };
        let Some(header) = arena.header(slot) else { return false };
        let delete_pending = arena.mark_for_deletion(slot, for_good);
        if delete_pending {
            self.cascade_log.states.push((entity, slot, header.state()));
        }
        delete_pending
    }

    /// Returns the objects that cascades have deleted, from some position of the list on: stored
    /// objects, and new ones.
    pub(crate) fn deleted_along(&self, from: usize) -> [Vec<(usize, u32)>; 2] {
        let states = &self.cascade_log.states[from..];
        [State::Persistent, State::Pending].map(|wanted| {
            let of = states.iter().filter(|(_, _, before)| *before == wanted);
            of.map(|&(entity, slot, _)| (entity, slot)).collect()
        })
    }

    /// Returns the number of objects that cascades have deleted.
    pub(crate) fn count_deleted_along(&self) -> usize {
        self.cascade_log.states.len()
    }

    /// Sets a reference to a deleted object to NULL.
    pub(crate) fn nullify(&mut self, referencing_key: ReferencingKey, slot: u32, target: u32) {
        let child = referencing_key.child.entity.index();
        let foreign_key = referencing_key.foreign_key;
        self.before_touch(child, slot);
        let Some(arena) = self.arena_dyn_mut(child) else { return };
        let reference = arena.reference(slot, foreign_key);
        let (link, had_key) = (reference.handle, reference.key.is_some());
        arena.edit_reference(slot, foreign_key, Reference::NULL);
        let entity = (referencing_key.child.foreign_keys[foreign_key].target)().entity.index();
        let target = (entity, target);
        self.cascade_log.references.push(Nullified {
            child,
            slot,
            foreign_key,
            link,
            had_key,
            target,
        });
    }

    /// Keeps the cascades after a successful flush.
    pub(crate) fn keep_cascades(&mut self) {
        self.cascade_log = CascadeLog::default();
    }

    /// Forgets which collections objects have left, after the flush has found the orphans and has
    /// written the other objects.
    pub(crate) fn forget_left_collections(&mut self) {
        self.collections.forget_left();
    }

    /// Undoes the cascades of a failed flush. Changes by the user stay.
    pub(crate) fn revert_cascades(&mut self) {
        let cascade_log = std::mem::take(&mut self.cascade_log);
        for nullified in cascade_log.references {
            let Nullified { child, slot, foreign_key, link, had_key, target } = nullified;
            let key = self.arena_dyn(target.0).filter(|_| had_key);
            let key = key.and_then(|arena| arena.current_key(target.1));
            self.before_touch(child, slot);
            if let Some(arena) = self.arena_dyn_mut(child) {
                arena.edit_reference(slot, foreign_key, Reference::with_key(link, key.as_deref()));
            }
        }
        for (entity, slot, state) in cascade_log.states {
            if let Some(arena) = self.arena_dyn_mut(entity) {
                arena.unmark_for_deletion(slot, state);
            }
        }
    }

    /// Returns the orphans: objects that have left a collection which deletes objects that leave
    /// it, and are in no other such collection. They are sorted by entity and by the reference of
    /// the collection. An object that never was in such a collection is not an orphan.
    pub(crate) fn orphans(&self) -> Vec<(usize, usize, Vec<u32>)> {
        let mut orphans = Vec::new();
        for (entity, arena) in self.arenas().filter(|(_, arena)| !arena.is_clean()) {
            let owned: Vec<usize> = owned_by(arena.meta()).collect();
            if owned.is_empty() {
                continue;
            }
            let waiting: Vec<u32> = arena
                .waiting()
                .into_iter()
                .filter(|&slot| owned.iter().all(|&n| arena.leads_nowhere(slot, n)))
                .collect();
            let mut seen = BTreeSet::new();
            for n in owned {
                let left = |slot: &u32| self.has_left(entity, *slot, n) && seen.insert(*slot);
                let left: Vec<u32> = waiting.iter().copied().filter(left).collect();
                if !left.is_empty() {
                    orphans.push((entity, n, left));
                }
            }
        }
        orphans
    }

    /// Returns the stored objects that have left a collection which deletes objects that leave it,
    /// but may be in another such collection by a reference that has not been edited. They are
    /// sorted by entity and by the reference of the collection that they have left.
    pub(crate) fn left_one_owner(&self) -> Vec<(&'static EntityMeta, usize, Vec<u32>)> {
        let mut found = Vec::new();
        for (entity, arena) in self.arenas().filter(|(_, arena)| !arena.is_clean()) {
            let owned: Vec<usize> = owned_by(arena.meta()).collect();
            if owned.len() < 2 {
                continue;
            }
            let touched = arena.touched();
            for &n in &owned {
                let others = || owned.iter().filter(|&&other| other != n);
                let left = |slot: &u32| {
                    arena.reference(*slot, n).is_null()
                        && !arena.is_pending(*slot)
                        && self.has_left(entity, *slot, n)
                        && others().any(|&n| !self.has_edited_reference(entity, *slot, n))
                };
                let left: Vec<u32> = touched.iter().copied().filter(left).collect();
                if !left.is_empty() {
                    found.push((arena.meta(), n, left));
                }
            }
        }
        found
    }

    /// Returns `true` if an object was in a collection by a reference that is NULL now.
    fn has_left(&self, entity: usize, slot: u32, foreign_key: usize) -> bool {
        let Some(arena) = self.arena_dyn(entity) else { return false };
        match arena.header(slot).map(|header| header.state()) {
            Some(State::Persistent) => !arena.stored_reference(slot, foreign_key).is_null(),
            Some(State::Pending) => {
                self.collections.has_left(entity, foreign_key, arena.slot_ref(slot))
            }
            _ => false,
        }
    }

    /// Returns `true` if a reference of a stored object differs from the reference in its row.
    pub(crate) fn has_edited_reference(
        &self,
        entity: usize,
        slot: u32,
        foreign_key: usize,
    ) -> bool {
        let Some(arena) = self.arena_dyn(entity) else { return false };
        let target = (arena.meta().foreign_keys[foreign_key].target)().entity.index();
        let now = self.target_slot(arena.reference(slot, foreign_key), target);
        now != self.target_slot(arena.stored_reference(slot, foreign_key), target)
    }

    /// Returns `true` if the next flush writes a reference of an object, because the object is new
    /// or the reference was edited.
    pub(super) fn writes_reference(&self, entity: usize, slot: u32, foreign_key: usize) -> bool {
        self.arena_dyn(entity).is_some_and(|arena| arena.is_pending(slot))
            || self.has_edited_reference(entity, slot, foreign_key)
    }

    /// Returns the references whose targets are deleted when an object no longer references them.
    pub(crate) fn owning_references(&self) -> Vec<(usize, usize)> {
        self.foreign_keys_that(|child, n| child.foreign_keys[n].delete_orphan)
    }

    /// Returns the objects that are deleted, or whose reference points to another object than in
    /// their rows.
    pub(crate) fn have_let_go(&self, entity: usize, foreign_key: usize) -> Vec<u32> {
        let Some(arena) = self.arena_dyn(entity) else { return Vec::new() };
        let target = (arena.meta().foreign_keys[foreign_key].target)().entity.index();
        let differs = |slot: &u32| {
            let is_stored = arena.header(*slot).is_some_and(|header| header.is_stored());
            let stored = arena.stored_reference(*slot, foreign_key);
            let now = self.target_slot(arena.reference(*slot, foreign_key), target);
            let before = self.target_slot(stored, target);
            is_stored && !stored.is_null() && (now != before || now.is_none())
        };
        let changed = arena.waiting().into_iter().filter(differs);
        let delete_pending = arena.delete_pending();
        let held = |slot: &u32| !arena.stored_reference(*slot, foreign_key).is_null();
        changed.chain(delete_pending.into_iter().filter(held)).collect()
    }

    fn foreign_keys_that(
        &self,
        fits: impl Fn(&'static EntityMeta, usize) -> bool,
    ) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (entity, arena) in self.arenas() {
            let child: &'static EntityMeta = arena.meta();
            if arena.is_clean() {
                continue;
            }
            for (n, reference) in child.foreign_keys.iter().enumerate() {
                if reference.field.is_some() && fits(child, n) {
                    found.push((entity, n));
                }
            }
        }
        found
    }
}

/// Returns `true` if a reference points to an owner that has the object in a collection which
/// deletes objects that leave it.
pub(crate) fn is_owned(referencing_key: ReferencingKey) -> bool {
    owned_by(referencing_key.child).any(|owned| owned == referencing_key.foreign_key)
}

/// Returns the references of an entity whose collections delete objects that leave them.
fn owned_by(child: &'static EntityMeta) -> impl Iterator<Item = usize> {
    let references = child.foreign_keys.iter().enumerate();
    let owned = references.filter(move |(n, reference)| {
        reference.field.is_some()
            && (reference.target)().relationships.iter().any(|relationship| {
                let kind = relationship.kind;
                relationship.delete_orphan
                    && matches!(kind, RelationshipKind::OneToMany | RelationshipKind::OneToOne)
                    && relationship.foreign_key == *n
                    && relationship.made_by().0.entity.index() == child.entity.index()
            })
    });
    owned.map(|(n, _)| n)
}

/// Finds the objects in memory that reference given objects. It searches each kind of reference
/// once.
#[derive(Debug, Default)]
pub(crate) struct ReferencingIndex(BTreeMap<(usize, usize), BySlot<Vec<u32>>>);

impl ReferencingIndex {
    /// Returns the objects that now reference some objects, each with the object that it
    /// references.
    pub(crate) fn to(
        &mut self,
        map: &IdentityMap,
        child: &'static EntityMeta,
        foreign_key: usize,
        targets: &[u32],
    ) -> Vec<(u32, u32)> {
        let target = (child.foreign_keys[foreign_key].target)().entity.index();
        let Some(arena) = map.arena_dyn(child.entity.index()) else { return Vec::new() };
        let led = |slot: u32| map.target_slot(arena.reference(slot, foreign_key), target);
        let found = self.0.entry((child.entity.index(), foreign_key)).or_insert_with(|| {
            let mut found: BySlot<Vec<u32>> = BySlot::default();
            for slot in arena.present() {
                if let Some(target) = led(slot) {
                    found.entry(target).or_default().push(slot);
                }
            }
            found
        });
        let mut referring = Vec::new();
        for &target in targets {
            let slots = found.get(&target).into_iter().flatten();
            let still = |slot: &u32| arena.is_present(*slot) && led(*slot) == Some(target);
            referring.extend(slots.copied().filter(still).map(|slot| (slot, target)));
        }
        referring
    }

    /// Forgets the objects of an entity, because more of them came into memory.
    pub(crate) fn forget(&mut self, child: usize) {
        self.0.retain(|(entity, _), _| *entity != child);
    }
}

/// Returns `true` if a new object takes over the row of an object that is marked for deletion.
pub(crate) fn switched(arena: &dyn ErasedArena, delete_pending: u32) -> bool {
    let pending = arena.pending();
    pending.into_iter().any(|slot| {
        arena.switches_with(slot, BELIEVE_ALL).is_some_and(|(old, _)| old == delete_pending)
    })
}
