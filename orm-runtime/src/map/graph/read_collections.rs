//! Reads collections: checks whether one can be read, and returns its objects.

use super::IdentityMap;
use super::collection_state::Led;
use super::collection_state::{CollectionIndex, CollectionState, Loaded};
use crate::map::store::ErasedArena;
use crate::map::store::NEVER_LOADED;
use crate::map::store::State;
use crate::map::store::{SlotHeader, SlotRef};
use crate::mapping::{Place, RelationshipMeta};

impl IdentityMap {
    /// Returns the header of an owner, and its collection if there is a list.
    fn collection(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Option<(SlotHeader, Option<&CollectionState>)> {
        let header = self.arena_dyn((relationship.source)().entity.index())?.header(owner)?;
        let edge = self.collections.edge(relationship).map(|edge| &self.collections.edges[edge]);
        Some((header, edge.and_then(|edge| edge.members(owner, header.generation()))))
    }

    /// Returns how much of the collection of an owner can be read.
    pub(crate) fn collection_loaded(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Loaded {
        let Some((header, members)) = self.collection(relationship, owner) else {
            return Loaded::No;
        };
        let new = header.state().is_new();
        match members {
            Some(members) if members.complete || new => Loaded::Full,
            Some(CollectionState { part: Some(_), .. }) => Loaded::Partial,
            Some(_) => Loaded::No,
            None if new || header.created_here() => Loaded::Full,
            None => Loaded::No,
        }
    }

    /// Returns `true` if a filtered load has found a part of a collection.
    pub(crate) fn has_part(&self, relationship: &'static RelationshipMeta, owner: u32) -> bool {
        let members = self.collection(relationship, owner).and_then(|(_, members)| members);
        members.is_some_and(|members| members.part.is_some())
    }

    /// Returns `true` if the collection of an owner must be read from the database to be current.
    pub(crate) fn lacks_collection(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        horizon: u32,
    ) -> bool {
        let Some((header, members)) = self.collection(relationship, owner) else { return false };
        if !header.state().has_row() {
            return false;
        }
        if self.lacks_association_target(relationship, owner) {
            return true;
        }
        let known = header.known() && header.age() >= horizon;
        match members {
            Some(members) if members.expired => true,
            Some(members) if members.age == NEVER_LOADED => !(members.complete && known),
            Some(members) => !members.complete || members.age < horizon,
            None => !known,
        }
    }

    /// Returns `true` if an association row of a collection references an object that has left the
    /// session.
    fn lacks_association_target(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> bool {
        let Some(association) = relationship.association else { return false };
        let edge = self.collections.edge(relationship).map(|edge| &self.collections.edges[edge]);
        if !edge.is_some_and(|edge| edge.lost_targets) {
            return false;
        }
        let rows = (association.entity)().entity.index();
        let target = (relationship.target)().entity.index();
        let mut members = self.members(relationship, owner, false).into_iter().flatten();
        members.any(|row| self.leads_to(rows, row, association.foreign_key, target).is_none())
    }

    /// Returns the objects of a collection that are in memory: the objects that reference the
    /// owner, new ones last.
    pub(crate) fn members(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        part: bool,
    ) -> Option<MembersIter<'_>> {
        let number = self.collections.edge(relationship)?;
        let edge = &self.collections.edges[number];
        let header = self.arena_dyn(edge.parent)?.header(owner)?;
        let arena = self.arena_dyn(edge.child)?;
        let members = edge.members(owner, header.generation());
        let list = match members {
            Some(members) if part => members.part.as_deref().unwrap_or(&[]),
            Some(members) => &members.list,
            None => &[],
        };
        let last_touched = self.collections.children[edge.child].last_touched.as_ref();
        // An object that referenced the owner all the time, or references it again as its row did,
        // and is in no list, was not in the result of the load.
        let led_here = |before: &[Led]| {
            let mut edges = self.collections.edges_of(edge.child).iter().zip(before);
            edges.any(|(&edge, led)| edge == number && *led == Led::To(owner))
        };
        let last = last_touched.filter(|(slot, before)| {
            let listed = || list.iter().any(|slot_ref| *slot_ref == arena.slot_ref(*slot));
            let left_out = || led_here(before) || self.was_not_found(number, owner, *slot);
            !part && edge.follows_references() && !listed() && !left_out()
        });
        let last = last.map(|(slot, _)| *slot);
        let last_touched = last_touched.map(|(slot, _)| *slot);
        Some(MembersIter {
            map: self,
            edge,
            arena,
            list: list.iter(),
            owner,
            transient: header.state() == State::Transient,
            last_touched,
            last,
        })
    }
}

/// The objects in a collection.
pub(crate) struct MembersIter<'m> {
    map: &'m IdentityMap,
    edge: &'m CollectionIndex,
    arena: &'m dyn ErasedArena,
    list: std::slice::Iter<'m, SlotRef>,
    owner: u32,
    /// `true` if the owner is no longer stored. Then transient objects belong to it too.
    transient: bool,
    /// An object whose reference may have changed since it was entered.
    last_touched: Option<u32>,
    /// The same object, if it is in no list of the owner.
    last: Option<u32>,
}

impl MembersIter<'_> {
    fn shown(&self, slot_ref: SlotRef) -> bool {
        let Some(header) = self.arena.header(slot_ref.slot()) else { return false };
        let state = match header.state() {
            State::Pending | State::Persistent => true,
            State::Transient => self.transient,
            State::DeletePending | State::Deleted | State::Vacant => false,
        };
        if !state || header.generation() != slot_ref.generation() {
            return false;
        }
        let may_have_left = self.last_touched == Some(slot_ref.slot())
            || self.edge.moved.contains(&slot_ref.slot());
        !may_have_left || self.refers(slot_ref.slot())
    }

    fn refers(&self, slot: u32) -> bool {
        let reference = self.arena.reference(slot, self.edge.foreign_key);
        self.map.target_slot(reference, self.edge.parent) == Some(self.owner)
    }
}

impl Iterator for MembersIter<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while let Some(&slot_ref) = self.list.next() {
            if self.shown(slot_ref) {
                return Some(slot_ref.slot());
            }
        }
        let last = self.last.take()?;
        self.shown(self.arena.slot_ref(last)).then_some(last).filter(|&slot| self.refers(slot))
    }
}

impl Place {
    /// Returns the slot of the owner, if it is in this map.
    pub(crate) fn owner_in(&self, map: &IdentityMap) -> Option<u32> {
        map.handle_slot(self.owner, (self.relationship.source)().entity.index())
    }
}
