//! What an object leaves undone when it goes, and rows that were written past the map: the
//! collections that are not whole any more.

use super::ages::Written;
use super::identity::IdentityMap;

impl IdentityMap {
    /// An object leaves the session with its row still there: what it was in is not whole any more,
    /// and what it would be in without its edits.
    pub(crate) fn leave(&mut self, entity: usize, slot: u32) {
        self.fix_up_entity(entity);
        self.keep_key_of_leaving(entity, slot);
        // Its row may be one that an open transaction scope has inserted, and be read again as any other.
        for written in self.written.iter_mut().filter(|written| **written != Written::Nothing) {
            *written = Written::PastMap;
        }
        for edge in &mut self.collections.edges {
            edge.lost_targets |= edge.relationship.association.is_some()
                && (edge.relationship.target)().entity.index() == entity;
        }
        let Some(header) = self.arena_dyn(entity).and_then(|arena| arena.header(slot)) else {
            return;
        };
        let has_row = header.is_persistent();
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            self.collections.edges[edge].moved.remove(&slot);
            if !self.has_collections(edge, self.collections.edges[edge].parent) {
                continue;
            }
            let owners = [self.owner_at(edge, slot), self.stored_owner_at(edge, slot)];
            for owner in owners.into_iter().flatten() {
                let parents = self.arena_dyn(self.collections.edges[edge].parent);
                let Some(parent) = parents.and_then(|arena| arena.header(owner)) else { continue };
                if let Some(members) = self.collections.edges[edge].followed(owner, parent) {
                    members.complete &= !has_row;
                    members.list.retain(|slot_ref| slot_ref.slot != slot);
                }
            }
        }
        for edge in self.collections.edges.iter_mut().filter(|edge| edge.parent == entity) {
            edge.owners.remove(&slot);
        }
    }

    /// Rows of an entity were written past the map: no collection of them is known to be whole.
    pub(crate) fn doubt(&mut self, entity: usize) {
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.forget_absent();
        }
        for n in 0..self.collections.edges_of(entity).len() {
            let edge = self.collections.children[entity].edges[n];
            let edge = &mut self.collections.edges[edge];
            for members in edge.owners.values_mut() {
                members.complete = false;
            }
            let parent = edge.parent;
            if let Some(arena) = self.arena_dyn_mut(parent) {
                arena.forget_born();
            }
        }
    }
}
