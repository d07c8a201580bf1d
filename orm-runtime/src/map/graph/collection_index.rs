//! What is in the collections of objects: for each relationship and each owner a list of the objects
//! that refer to it.
//!
//! The references are the truth, and a list only says who may refer to its owner, and in which order.
//! An object that changes its reference stays in the old list and is entered in the new one; as one
//! that has *moved* it is shown where its reference leads, whatever list it is found in. So a rollback
//! has nothing to put back, order included.
//!
//! A reference changes behind `IndexMut`, where nothing can watch. But the map is reached mutably before
//! anything else can change: then the object that was reached last is *fixed up*.

use super::collection_state::CollectionIndex;

use super::IdentityMap;
use crate::mapping::{EntityMeta, RelationshipMeta};

impl IdentityMap {
    /// An object refers to another owner than before.
    pub(super) fn reference_changed(&mut self, edge: usize, slot: u32, now: Option<u32>) {
        self.collections.edges[edge].moved.insert(slot);
        if let Some(owner) = now {
            self.enter(edge, owner, slot, true);
        }
    }

    /// A new object is in the map: it is entered in the collections to which it belongs.
    pub(crate) fn arrived(&mut self, entity: usize, slot: u32) {
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            if let Some(owner) = self.owner_at(edge, slot) {
                self.enter(edge, owner, slot, false);
            }
        }
    }

    /// Objects that came from the database, or changed there, are entered in collections that are
    /// loaded; those of one relationship are known to be in theirs.
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
                // They are in the list that was loaded, and may be in that of an owner before.
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

    /// The same for an entity of which rows were read, if it refers to others at all.
    pub(crate) fn fix_up_loaded(
        &mut self,
        meta: &EntityMeta,
        but: Option<&'static RelationshipMeta>,
    ) {
        if !meta.foreign_keys.is_empty() {
            self.fix_up_added(meta.entity.index(), but);
        }
    }

    /// Whether objects of an entity may be in a collection that can be read, so that those which come from
    /// the database are to be noted.
    pub(super) fn has_readable_collections(&self, entity: usize) -> bool {
        let edges = self.collections.edges_of(entity).iter();
        edges.copied().any(|edge| self.has_collections(edge, self.collections.edges[edge].parent))
    }

    /// The first new object of an entity: it has collections that can be read.
    pub(super) fn watch_collections_of(&mut self, entity: usize) {
        let edges = self.collections.edges.iter().filter(|edge| edge.parent == entity);
        for child in edges.map(|edge| edge.child).collect::<Vec<_>>() {
            if let Some(arena) = self.arena_dyn_mut(child) {
                arena.watch();
            }
        }
    }

    /// Whether some collection of a relationship can be read.
    pub(super) fn has_collections(&self, edge: usize, parent: usize) -> bool {
        !self.collections.edges[edge].owners.is_empty()
            || self.arena_dyn(parent).is_some_and(|arena| arena.has_created_here())
    }

    /// The owner to which an object refers.
    pub(super) fn owner_at(&self, edge: usize, slot: u32) -> Option<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        self.leads_to(child, slot, foreign_key, parent)
    }

    /// The owner to which the row of an object refers.
    pub(super) fn stored_owner_at(&self, edge: usize, slot: u32) -> Option<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        self.target_slot(self.arena_dyn(child)?.stored_reference(slot, foreign_key), parent)
    }

    /// Whether an open transaction scope has changed the row of an object.
    pub(super) fn has_image(&self, entity: usize, slot: u32) -> bool {
        let arena = self.arena_dyn(entity).filter(|arena| !arena.meta().foreign_keys.is_empty());
        arena.is_some_and(|arena| !arena.undone_references(slot, 0).is_empty())
    }

    /// The owners to which the row of an object refers again if what is open is undone.
    pub(super) fn undone_owners_at(&self, edge: usize, slot: u32) -> Vec<u32> {
        let CollectionIndex { child, foreign_key, parent, .. } = self.collections.edges[edge];
        let images = self.arena_dyn(child).map(|arena| arena.undone_references(slot, foreign_key));
        let owners = images.into_iter().flatten();
        owners.filter_map(|reference| self.target_slot(reference, parent)).collect()
    }

    /// Enters an object in the list of an owner, where there is one, or where the owner is new, so that
    /// everything that refers to it is in memory.
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
