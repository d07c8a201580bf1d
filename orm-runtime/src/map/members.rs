//! Reading collections: whether one can be read, and what is in it.

use super::facts::NEVER_LOADED;
use super::identity::IdentityMap;
use super::links::{Edge, Loaded, Members};
use super::settling::Led;
use super::slot::{Seat, Slot, State};
use super::table::Table;
use crate::mapping::{Place, RelationshipMeta};

impl IdentityMap {
    /// The mark of an owner, and its collection, if there is a list of it.
    fn collection(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Option<(Slot, Option<&Members>)> {
        let mark = self.table((relationship.source)().entity.index())?.slot(owner)?;
        let edge = self.links.edge(relationship).map(|edge| &self.links.edges[edge]);
        Some((mark, edge.and_then(|edge| edge.members(owner, mark.generation))))
    }

    /// Whether the collection of an owner can be read.
    pub(crate) fn collection_loaded(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Loaded {
        let Some((mark, members)) = self.collection(relationship, owner) else {
            return Loaded::No;
        };
        let new = matches!(mark.state(), State::Pending | State::Transient);
        match members {
            Some(members) if members.complete || new => Loaded::Whole,
            Some(Members { part: Some(_), .. }) => Loaded::Part,
            Some(_) => Loaded::No,
            None if new || mark.born() => Loaded::Whole,
            None => Loaded::No,
        }
    }

    /// Whether a filtered load has found a part of a collection.
    pub(crate) fn has_part(&self, relationship: &'static RelationshipMeta, owner: u32) -> bool {
        let members = self.collection(relationship, owner).and_then(|(_, members)| members);
        members.is_some_and(|members| members.part.is_some())
    }

    /// Whether the collection of an owner has to be read from the database to be current.
    pub(crate) fn lacks_collection(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        horizon: u32,
    ) -> bool {
        let Some((mark, members)) = self.collection(relationship, owner) else { return false };
        if !matches!(mark.state(), State::Persistent | State::Doomed) {
            return false;
        }
        if self.lacks_association_target(relationship, owner) {
            return true;
        }
        let known = mark.known() && mark.age() >= horizon;
        match members {
            Some(members) if members.expired => true,
            Some(members) if members.age == NEVER_LOADED => !(members.complete && known),
            Some(members) => !members.complete || members.age < horizon,
            None => !known,
        }
    }

    /// Returns whether an association row of a collection references an object that has left the
    /// session.
    fn lacks_association_target(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> bool {
        let Some(association) = relationship.association else { return false };
        let edge = self.links.edge(relationship).map(|edge| &self.links.edges[edge]);
        if !edge.is_some_and(|edge| edge.lost_targets) {
            return false;
        }
        let rows = (association.entity)().entity.index();
        let target = (relationship.target)().entity.index();
        let mut members = self.members(relationship, owner, false).into_iter().flatten();
        members.any(|row| self.leads_to(rows, row, association.foreign_key, target).is_none())
    }

    /// The objects in a collection, as far as they are in memory: those that refer to the owner, new
    /// ones last.
    pub(crate) fn members(
        &self,
        relationship: &'static RelationshipMeta,
        owner: u32,
        part: bool,
    ) -> Option<MembersIter<'_>> {
        let number = self.links.edge(relationship)?;
        let edge = &self.links.edges[number];
        let mark = self.table(edge.parent)?.slot(owner)?;
        let table = self.table(edge.child)?;
        let members = edge.members(owner, mark.generation);
        let list = match members {
            Some(members) if part => members.part.as_deref().unwrap_or(&[]),
            Some(members) => &members.list,
            None => &[],
        };
        let unsettled = self.links.children[edge.child].unsettled.as_ref();
        // One that referred to the owner all the time, and is in no list, is not in the database's answer.
        let led_here = |before: &[Led]| {
            let mut edges = self.links.edges_of(edge.child).iter().zip(before);
            edges.any(|(&edge, led)| edge == number && *led == Led::To(owner))
        };
        let last = unsettled.filter(|(slot, before)| {
            let listed = || list.iter().any(|seat| *seat == table.seat(*slot));
            !part && edge.follows_references() && !led_here(before) && !listed()
        });
        let last = last.map(|(slot, _)| *slot);
        let unsettled = unsettled.map(|(slot, _)| *slot);
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
        map.link_slot(self.owner, (self.relationship.source)().entity.index())
    }
}
