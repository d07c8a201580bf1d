//! What a deletion brings with it, in memory: objects that go with the one they refer to, references
//! that become NULL, objects that nobody holds any more.
//!
//! Everything is written down, so that it can be taken back when the flush fails.

use super::cascade_log::CascadeLog;
use super::cascade_log::Nullified;
use std::collections::{BTreeMap, BTreeSet};

use super::IdentityMap;
use crate::map::store::BELIEVE_ALL;
use crate::map::store::BySlot;
use crate::map::store::ErasedArena;
use crate::map::store::State;
use crate::mapping::{EntityMeta, OnDelete, Reference, RelationshipKind, RelationshipMeta};

/// A reference of some entity that leads to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReferencingKey {
    child: &'static EntityMeta,
    foreign_key: usize,
    /// The collection at the other end, where there is one.
    collection: Option<&'static RelationshipMeta>,
}

impl ReferencingKey {
    /// Returns the entity that refers.
    pub(crate) fn child(&self) -> &'static EntityMeta {
        self.child
    }

    /// Returns the position of the foreign key in its metadata.
    pub(crate) fn foreign_key(&self) -> usize {
        self.foreign_key
    }
}

impl IdentityMap {
    /// The references that lead to an entity: those that its collections know, and those of all entities
    /// of which something is in memory.
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

    /// Whether objects that refer to this one may be missing in memory.
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

    /// A new object leaves the work of the session because it was asked to: what follows it is not taken
    /// back by a flush that fails.
    pub(crate) fn follow_abandoned(&mut self, meta: &'static EntityMeta, slot: u32) {
        self.abandon_along(meta, slot);
        self.keep_cascades();
    }

    /// A new object leaves the work of the session: new objects that refer to it follow, as their
    /// references say.
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
                            // A stored one is not lost for a row that never was; the flush names it.
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

    /// Deletes an object with another; one that is not stored just leaves the unit of work.
    pub(crate) fn delete_along(&mut self, entity: usize, slot: u32, for_good: bool) -> bool {
        let Some(arena) = self.arena_dyn_mut(entity) else { return false };
        let Some(header) = arena.header(slot) else { return false };
        let delete_pending = arena.mark_for_deletion(slot, for_good);
        if delete_pending {
            self.cascade_log.states.push((entity, slot, header.state()));
        }
        delete_pending
    }

    /// The objects that were deleted with others, from some place of the list on: the stored ones, and
    /// the new ones.
    pub(crate) fn deleted_along(&self, from: usize) -> [Vec<(usize, u32)>; 2] {
        let states = &self.cascade_log.states[from..];
        [State::Persistent, State::Pending].map(|wanted| {
            let of = states.iter().filter(|(_, _, before)| *before == wanted);
            of.map(|&(entity, slot, _)| (entity, slot)).collect()
        })
    }

    /// How many objects were deleted with others.
    pub(crate) fn count_deleted_along(&self) -> usize {
        self.cascade_log.states.len()
    }

    /// Makes a reference to a deleted object NULL.
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

    /// The flush is entered: what came with it stays.
    pub(crate) fn keep_cascades(&mut self) {
        self.cascade_log = CascadeLog::default();
    }

    /// The flush has found out who is an orphan, and has written the others.
    pub(crate) fn forget_left_collections(&mut self) {
        self.collections.forget_left();
    }

    /// The flush has failed: what the user has not done is undone.
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

    /// Returns the objects that have left a collection which deletes what leaves it, and are in no
    /// other: by entity and by the reference along which they were in it. An object that never was in
    /// one is not an orphan.
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

    /// Returns the stored objects that have left a collection which deletes what leaves it, where they can be
    /// in another along a reference that has no edit: by entity and by the reference along which they were in
    /// the first.
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

    /// Returns whether an object was in a collection along a reference, which is NULL now.
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

    /// Returns whether a reference of a stored object differs from that of its row.
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

    /// Returns whether the next flush writes a reference of an object: that of a new one, or an edited one.
    pub(super) fn writes_reference(&self, entity: usize, slot: u32, foreign_key: usize) -> bool {
        self.arena_dyn(entity).is_some_and(|arena| arena.is_pending(slot))
            || self.has_edited_reference(entity, slot, foreign_key)
    }

    /// References whose targets are deleted when they are let go.
    pub(crate) fn owning_references(&self) -> Vec<(usize, usize)> {
        self.foreign_keys_that(|child, n| child.foreign_keys[n].delete_orphan)
    }

    /// Objects of which a reference leads elsewhere than in their rows, or which are deleted.
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

/// Whether a reference leads to an owner, which has the object in a collection that deletes what leaves it.
pub(crate) fn is_owned(referencing_key: ReferencingKey) -> bool {
    owned_by(referencing_key.child).any(|owned| owned == referencing_key.foreign_key)
}

/// The references of an entity along which it is in collections that delete what leaves them.
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

/// The objects in memory that refer to others, found from these: each kind of reference is looked
/// through once.
#[derive(Debug, Default)]
pub(crate) struct ReferencingIndex(BTreeMap<(usize, usize), BySlot<Vec<u32>>>);

impl ReferencingIndex {
    /// The objects that refer to some others now, each with the one that it refers to.
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

    /// More objects of an entity came into memory.
    pub(crate) fn forget(&mut self, child: usize) {
        self.0.retain(|(entity, _), _| *entity != child);
    }
}

/// Whether a new object takes over the row of an object that is marked for deletion.
pub(crate) fn switched(arena: &dyn ErasedArena, delete_pending: u32) -> bool {
    let pending = arena.pending();
    pending.into_iter().any(|slot| {
        arena.switches_with(slot, BELIEVE_ALL).is_some_and(|(old, _)| old == delete_pending)
    })
}
