//! What an object leaves undone when it goes, and rows that were written past the map: the
//! collections that are not whole any more.

use super::identity::IdentityMap;
use super::savepoints::Written;

impl IdentityMap {
    /// An object leaves the session with its row still there: what it was in is not whole any more,
    /// and what it would be in without its edits.
    pub(crate) fn leave(&mut self, entity: usize, slot: u32) {
        self.settle_entity(entity);
        self.hand_on_key(entity, slot);
        // Its row may be one that an open level has inserted, and be read again as any other.
        for written in self.written.iter_mut().filter(|written| **written != Written::Nothing) {
            *written = Written::PastMap;
        }
        for edge in &mut self.links.edges {
            edge.lost_targets |= edge.relationship.association.is_some()
                && (edge.relationship.target)().entity.index() == entity;
        }
        let Some(header) = self.table(entity).and_then(|table| table.header(slot)) else { return };
        let has_row = header.is_persistent();
        for n in 0..self.links.edges_of(entity).len() {
            let edge = self.links.children[entity].edges[n];
            self.links.edges[edge].moved.remove(&slot);
            if !self.has_collections(edge, self.links.edges[edge].parent) {
                continue;
            }
            let owners = [self.owner_at(edge, slot), self.stored_owner_at(edge, slot)];
            for owner in owners.into_iter().flatten() {
                let parents = self.table(self.links.edges[edge].parent);
                let Some(parent) = parents.and_then(|table| table.header(owner)) else { continue };
                if let Some(members) = self.links.edges[edge].followed(owner, parent) {
                    members.complete &= !has_row;
                    members.list.retain(|slot_ref| slot_ref.slot != slot);
                }
            }
        }
        for edge in self.links.edges.iter_mut().filter(|edge| edge.parent == entity) {
            edge.owners.remove(&slot);
        }
    }

    /// Rows of an entity were written past the map: no collection of them is known to be whole.
    pub(crate) fn doubt(&mut self, entity: usize) {
        if let Some(table) = self.table_mut(entity) {
            table.forget_absent();
        }
        for n in 0..self.links.edges_of(entity).len() {
            let edge = self.links.children[entity].edges[n];
            let edge = &mut self.links.edges[edge];
            for members in edge.owners.values_mut() {
                members.complete = false;
            }
            let parent = edge.parent;
            if let Some(table) = self.table_mut(parent) {
                table.forget_born();
            }
        }
    }
}
