//! Makes collections incomplete when an object leaves the session, or rows were written outside the
//! map.

use super::IdentityMap;
use super::collection_state::CollectionIndex;
use crate::map::store::{ErasedArena, SlotRef, State};
use crate::mapping::EntityMeta;

impl IdentityMap {
    /// Removes an object that leaves the session from its collections. If its row remains, the
    /// collections are no longer complete: those that it was in, and those that it would be in
    /// without its edits.
    pub(crate) fn leave(&mut self, entity: usize, slot: u32) {
        self.fix_up_entity(entity);
        self.keep_key_of_leaving(entity, slot);
        // Its row may be one that an open transaction scope has inserted, and may be read again
        // like any other.
        self.store.note_flushed_row_left();
        for edge in &mut self.collections.edges {
            edge.lost_targets |= edge.relationship.association.is_some()
                && (edge.relationship.target)().entity.index() == entity;
        }
        let Some(header) = self.arena_dyn(entity).and_then(|arena| arena.header(slot)) else {
            return;
        };
        let has_row = !header.state().is_new();
        // If the open scope is rolled back, the object references other owners, including owners
        // that are restored.
        let is_undone = header.state() == State::Deleted || self.has_image(entity, slot);
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            self.collections.edges[edge].moved.remove(&slot);
            if !self.has_collections(edge, self.collections.edges[edge].parent) {
                continue;
            }
            let mut owners = vec![self.owner_at(edge, slot), self.stored_owner_at(edge, slot)];
            owners.extend(self.undone_owners_at(edge, slot).into_iter().map(Some));
            if is_undone {
                self.doubt_deleted(edge);
            }
            for owner in owners.into_iter().flatten() {
                let parents = self.arena_dyn(self.collections.edges[edge].parent);
                let Some(parent) = parents.and_then(|arena| arena.header(owner)) else { continue };
                if let Some(members) = self.collections.edges[edge].followed(owner, parent) {
                    members.complete &= !has_row;
                    members.list.retain(|slot_ref| slot_ref.slot() != slot);
                }
            }
        }
        for edge in self.collections.edges.iter_mut().filter(|edge| edge.parent == entity) {
            edge.owners.remove(&slot);
        }
    }

    /// Makes the collections of owners incomplete whose rows the open transaction has deleted,
    /// because a rollback may restore the owners.
    fn doubt_deleted(&mut self, edge: usize) {
        let parent = self.collections.edges[edge].parent;
        let Some(parents) = self.arena_dyn(parent) else { return };
        let deleted = |owner: &u32| {
            parents.header(*owner).is_some_and(|header| header.state() == State::Deleted)
        };
        let owners = self.collections.edges[edge].owners.keys().copied();
        for owner in owners.filter(deleted).collect::<Vec<_>>() {
            if let Some(members) = self.collections.edges[edge].owners.get_mut(&owner) {
                members.complete = false;
            }
        }
        if let Some(arena) = self.arena_dyn_mut(parent) {
            arena.forget_created_here_of_deleted();
        }
    }

    /// Removes a new object from its collections, because the user has removed it from the unit of
    /// work.
    pub(crate) fn leave_owners(&mut self, entity: usize, slot: u32) {
        self.fix_up_entity(entity);
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            let owner = self.owner_at(edge, slot);
            if let Some(members) =
                owner.and_then(|owner| self.collections.edges[edge].owners.get_mut(&owner))
            {
                members.list.retain(|slot_ref| slot_ref.slot() != slot);
            }
        }
    }

    /// Removes objects from the collections of their owners if the innermost transaction scope,
    /// which is about to be undone, has inserted their rows and the user has deleted them since. An
    /// owner that is added again does not bring such an object back. If the owner is deleted too,
    /// both belong together as before.
    pub(super) fn let_deleted_leave(&mut self) {
        let deleted = |(entity, arena): (usize, &dyn ErasedArena)| {
            arena.inserted_and_deleted().into_iter().map(move |slot| (entity, slot))
        };
        let deleted: Vec<(usize, u32)> = self.arenas().flat_map(deleted).collect();
        for (entity, slot) in deleted {
            for n in 0..self.collections.edges_of(entity).len() {
                let edge = self.collections.children[entity].edges[n];
                let Some(owner) = self.owner_at(edge, slot) else { continue };
                let CollectionIndex { parent, .. } = self.collections.edges[edge];
                let owner_state = self.arena_dyn(parent).and_then(|it| it.header(owner));
                if owner_state.is_none_or(|header| header.state().is_deleted()) {
                    continue;
                }
                if let Some(members) = self.collections.edges[edge].owners.get_mut(&owner) {
                    members.list.retain(|slot_ref| slot_ref.slot() != slot);
                }
            }
        }
    }

    /// Makes all collections of an entity incomplete, because rows of it were written outside the
    /// map.
    pub(crate) fn doubt(&mut self, meta: &'static EntityMeta) {
        let entity = meta.entity.index();
        // This also creates the arena if there is none, which registers the collections of the
        // entity.
        self.arena_dyn_of(meta).forget_absent();
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            let edge = &mut self.collections.edges[edge];
            for members in edge.owners.values_mut() {
                members.complete = false;
            }
            let parent = edge.parent;
            if let Some(arena) = self.arena_dyn_mut(parent) {
                arena.forget_created_here();
            }
        }
    }

    /// Removes an object from the map, and from the collections that it was in.
    pub(super) fn evict(&mut self, entity: usize, slot: u32) {
        self.leave(entity, slot);
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.evict(slot);
        }
    }

    /// Removes stored objects from the map, if they are still in it.
    pub(crate) fn evict_all(&mut self, come: Vec<(usize, Vec<SlotRef>)>) {
        for (entity, slot_refs) in come {
            for slot_ref in slot_refs {
                let is_there = self.arena_dyn(entity).is_some_and(|arena| {
                    arena.slot_ref(slot_ref.slot()) == slot_ref
                        && arena.header(slot_ref.slot()).is_some_and(|header| header.is_stored())
                });
                if is_there {
                    self.evict(entity, slot_ref.slot());
                }
            }
        }
    }
}
