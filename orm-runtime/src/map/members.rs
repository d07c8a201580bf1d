//! Reading collections: whether one can be read, and what is in it.

use super::handle::RawHandle;
use super::identity::IdentityMap;
use super::links::{Edge, Loaded, Members};
use super::slot::{Seat, State};
use super::table::Table;
use crate::mapping::{Place, RelationshipMeta};

impl IdentityMap {
    /// Whether the collection of an owner can be read.
    pub(crate) fn collection_loaded(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Loaded {
        let parent = (relationship.source)().entity.index();
        let Some(mark) = self.table(parent).and_then(|table| table.slot(owner)) else {
            return Loaded::No;
        };
        let new = matches!(mark.state(), State::Pending | State::Transient);
        let edge = self.links.edge(relationship).map(|edge| &self.links.edges[edge]);
        match edge.and_then(|edge| edge.members(owner, mark.generation)) {
            Some(members) if members.complete || new => Loaded::Whole,
            Some(Members { part: Some(_), .. }) => Loaded::Part,
            Some(_) => Loaded::No,
            None if new || mark.born() => Loaded::Whole,
            None => Loaded::No,
        }
    }

    /// Whether a filtered load has found a part of a collection.
    pub(crate) fn has_part(&self, relationship: &'static RelationshipMeta, owner: u32) -> bool {
        let edge = self.links.edge(relationship).map(|edge| &self.links.edges[edge]);
        let mark = edge.and_then(|edge| self.table(edge.parent)?.slot(owner));
        edge.zip(mark)
            .and_then(|(edge, mark)| edge.members(owner, mark.generation))
            .is_some_and(|members| members.part.is_some())
    }

    /// Whether the collection of an owner has to be read from the database to be current.
    pub(crate) fn lacks_collection(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        horizon: u32,
    ) -> bool {
        let parent = (relationship.source)().entity.index();
        let Some(mark) = self.table(parent).and_then(|table| table.slot(owner)) else {
            return false;
        };
        if !matches!(mark.state(), State::Persistent | State::Doomed) {
            return false;
        }
        let edge = self.links.edge(relationship).map(|edge| &self.links.edges[edge]);
        match edge.and_then(|edge| edge.members(owner, mark.generation)) {
            Some(members) if members.age == 0 && mark.born() && members.complete => {
                mark.age() < horizon
            }
            Some(members) => !members.complete || members.age < horizon,
            None => !mark.born() || mark.age() < horizon,
        }
    }

    /// The objects in a collection, as far as they are in memory: those that refer to the owner, new
    /// ones last.
    pub(crate) fn members(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        part: bool,
    ) -> Option<MembersIter<'_>> {
        let edge = &self.links.edges[self.links.edge(relationship)?];
        let mark = self.table(edge.parent)?.slot(owner)?;
        let table = self.table(edge.child)?;
        let members = edge.members(owner, mark.generation);
        let list = match members {
            Some(members) if part => members.part.as_deref().unwrap_or(&[]),
            Some(members) => &members.list,
            None => &[],
        };
        let unsettled = self.links.children[edge.child].unsettled.as_ref().map(|(slot, _)| *slot);
        let last = unsettled.filter(|&slot| {
            !part && edge.follows_references() && !list.iter().any(|seat| *seat == table.seat(slot))
        });
        Some(MembersIter {
            map: self,
            edge,
            table,
            list: list.iter(),
            owner,
            transient: mark.state() == State::Transient,
            unsettled,
            last,
        })
    }
}

/// The objects in a collection.
pub(crate) struct MembersIter<'m> {
    map: &'m IdentityMap,
    edge: &'m Edge,
    table: &'m dyn Table,
    list: std::slice::Iter<'m, Seat>,
    owner: u32,
    /// Whether the owner is not stored any more: then what is not either belongs to it.
    transient: bool,
    /// An object whose reference may have changed since it was entered.
    unsettled: Option<u32>,
    /// The same, where it is in no list of the owner.
    last: Option<u32>,
}

impl MembersIter<'_> {
    fn shown(&self, seat: Seat) -> bool {
        let Some(mark) = self.table.slot(seat.slot) else { return false };
        let state = match mark.state() {
            State::Pending | State::Persistent => true,
            State::Transient => self.transient,
            State::Doomed | State::Deleted | State::Vacant => false,
        };
        if !state || mark.generation != seat.generation() {
            return false;
        }
        let may_have_left =
            self.unsettled == Some(seat.slot) || self.edge.moved.contains(&seat.slot);
        !may_have_left || self.refers(seat.slot)
    }

    fn refers(&self, slot: u32) -> bool {
        let reference = self.table.reference(slot, self.edge.foreign_key);
        self.map.target_slot(reference, self.edge.parent) == Some(self.owner)
    }
}

impl Iterator for MembersIter<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while let Some(&seat) = self.list.next() {
            if self.shown(seat) {
                return Some(seat.slot);
            }
        }
        let last = self.last.take()?;
        self.shown(self.table.seat(last)).then_some(last).filter(|&slot| self.refers(slot))
    }
}

impl Place {
    /// The slot of the owner, if it is in this map.
    pub(crate) fn owner_in(&self, map: &IdentityMap) -> Option<u32> {
        let RawHandle { slot, generation, map: id } = self.owner;
        let table = map.table((self.relationship.source)().entity.index())?;
        (id == map.id() && table.slot(slot)?.generation == generation).then_some(slot)
    }
}
