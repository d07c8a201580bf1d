//! The collections of objects: for each relationship and each owner, a list of the objects that
//! reference the owner.
//!
//! The references decide what is in a collection. A list says which objects may reference its
//! owner, and in which order. An object whose reference changes stays in the old list, and is added
//! to the new one. It is marked as *moved*, and then belongs to the owner that its reference points
//! to, whatever list it is found in. So a rollback does not have to restore any list, or the order
//! in it.
//!
//! A reference changes by `IndexMut`, where the map does not see the change. But before anything
//! else can change, the map must be accessed mutably again. At that time the object that was
//! accessed last is *fixed up*.

use super::collection_state::CollectionIndex;

use super::IdentityMap;
use crate::mapping::{EntityMeta, RelationshipMeta};

impl IdentityMap {
    /// Records that an object references another owner than before.
    pub(super) fn reference_changed(&mut self, edge: usize, slot: u32, now: Option<u32>) {
        self.collections.edges[edge].moved.insert(slot);
        if let Some(owner) = now.filter(|&owner| !self.was_not_found(edge, owner, slot)) {
            self.enter(edge, owner, slot, true);
        }
    }

    /// Returns `true` if an object references an owner as its row did, and the collection of the
    /// owner was loaded after the row was read. If the object is not in the list, its row no longer
    /// references the owner. A reference that was set back is not an edit, and changes nothing.
    pub(super) fn was_not_found(&self, edge: usize, owner: u32, slot: u32) -> bool {
        let CollectionIndex { child, parent, .. } = self.collections.edges[edge];
        let header = |entity, slot| self.arena_dyn(entity)?.header(slot);
        let (Some(object), Some(of)) = (header(child, slot), header(parent, owner)) else {
            return false;
        };
        let members = self.collections.edges[edge].members(owner, of.generation());
        object.is_stored()
            && members.is_some_and(|members| members.complete && members.age > object.age())
            && self.stored_owner_at(edge, slot) == Some(owner)
    }

    /// Enters a new object in the collections to which it belongs.
    pub(crate) fn arrived(&mut self, entity: usize, slot: u32) {
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            if let Some(owner) = self.owner_at(edge, slot) {
                self.enter(edge, owner, slot, false);
            }
        }
    }

    /// Enters objects that came from the database, or changed there, in the collections that are
    /// loaded. The objects of the relationship `but` are already in their collections.
    pub(crate) fn fix_up_added(&mut self, entity: usize, but: Option<&'static RelationshipMeta>) {
        let Some(arena) = self.arena_dyn_mut(entity) else { return };
        let (arrived, reference_changed) = arena.take_arrivals();
        if arrived.is_empty() && reference_changed.is_empty() {
            return;
        }
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            let CollectionIndex { relationship, parent, .. } = self.collections.edges[edge];
            if !self.has_collections(edge, parent) {
                continue;
            }
            if but.is_some_and(|but| but.is(relationship)) {
                // They are in the list that was loaded, and may also be in the list of a previous
                // owner.
                self.collections.edges[edge].moved.extend(&reference_changed);
                continue;
            }
            for &slot in &arrived {
                if let Some(owner) = self.owner_at(edge, slot) {
                    self.enter(edge, owner, slot, false);
                }
            }
            for &slot in &reference_changed {
                let owner = self.owner_at(edge, slot);
                self.reference_changed(edge, slot, owner);
            }
        }
    }

    /// Enters the objects of an entity whose rows were read, if the entity has references.
    pub(crate) fn fix_up_loaded(
        &mut self,
        meta: &EntityMeta,
        but: Option<&'static RelationshipMeta>,
    ) {
        if !meta.foreign_keys.is_empty() {
            self.fix_up_added(meta.entity.index(), but);
        }
    }

    /// Returns `true` if objects of an entity may be in a collection that can be read, so that the
    /// arena must record objects that come from the database.
    pub(super) fn has_readable_collections(&self, entity: usize) -> bool {
        let edges = self.collections.edges_of(entity).iter();
        edges.copied().any(|edge| self.has_collections(edge, self.collections.edges[edge].parent))
    }

    /// Starts to record the objects in the collections of an entity, at its first new object, whose
    /// collections can be read.
    pub(super) fn watch_collections_of(&mut self, entity: usize) {
        let edges = self.collections.edges.iter().filter(|edge| edge.parent == entity);
        for child in edges.map(|edge| edge.child).collect::<Vec<_>>() {
            if let Some(arena) = self.arena_dyn_mut(child) {
                arena.watch();
            }
        }
    }

    /// Returns `true` if a collection of a relationship can be read.
    pub(super) fn has_collections(&self, edge: usize, parent: usize) -> bool {
        !self.collections.edges[edge].owners.is_empty()
            || self.arena_dyn(parent).is_some_and(|arena| arena.has_created_here())
    }

    /// Returns the owner that an object references.
    pub(super) fn owner_at(&self, edge: usize, slot: u32) -> Option<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        self.leads_to(child, slot, foreign_key, parent)
    }

    /// Returns the owner that the row of an object references.
    pub(super) fn stored_owner_at(&self, edge: usize, slot: u32) -> Option<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        self.target_slot(self.arena_dyn(child)?.stored_reference(slot, foreign_key), parent)
    }

    /// Returns `true` if an open transaction scope has changed the row of an object.
    pub(super) fn has_image(&self, entity: usize, slot: u32) -> bool {
        let arena = self.arena_dyn(entity).filter(|arena| !arena.meta().foreign_keys.is_empty());
        arena.is_some_and(|arena| !arena.undone_references(slot, 0).is_empty())
    }

    /// Returns the owners that the row of an object references again if the open scopes are rolled
    /// back.
    pub(super) fn undone_owners_at(&self, edge: usize, slot: u32) -> Vec<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        let images = self.arena_dyn(child).map(|arena| arena.undone_references(slot, foreign_key));
        let owners = images.into_iter().flatten();
        owners.filter_map(|reference| self.target_slot(reference, parent)).collect()
    }

    /// Enters an object in the list of an owner, if the owner has a list. A new owner always has
    /// one, because everything that references it is in memory.
    pub(super) fn enter(&mut self, edge: usize, owner: u32, slot: u32, maybe_there: bool) {
        let CollectionIndex { child, parent, refers, .. } = self.collections.edges[edge];
        if !self.is(refers, slot) {
            return;
        }
        let (Some(header), Some(slot_ref)) = (
            self.arena_dyn(parent).and_then(|arena| arena.header(owner)),
            self.arena_dyn(child).map(|arena| arena.slot_ref(slot)),
        ) else {
            return;
        };
        let edge = &mut self.collections.edges[edge];
        if !edge.follows_references() {
            return;
        }
        let Some(members) = edge.followed(owner, header) else { return };
        if !(maybe_there && members.list.contains(&slot_ref)) {
            members.list.push(slot_ref);
        }
    }
}
