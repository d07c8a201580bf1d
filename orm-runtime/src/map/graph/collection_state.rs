//! What the map keeps of collections: for each relationship and each owner a list of the objects that
//! may refer to the owner.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::map::store::BySlot;
use crate::map::store::NEVER_LOADED;
use crate::map::store::{SlotHeader, SlotRef};
use crate::mapping::{EntityMeta, RelationshipKind, RelationshipMeta};

/// The collections of all objects of a map.
#[derive(Debug, Default)]
pub(super) struct Collections {
    pub(super) edges: Vec<CollectionIndex>,
    /// By the number of the entity whose objects refer.
    pub(super) children: Vec<Children>,
}

/// The edges of the references of one entity.
#[derive(Debug, Default)]
pub(super) struct Children {
    pub(super) edges: Vec<usize>,
    /// The object that was reached mutably last, and where its references led before.
    pub(super) last_touched: Option<(u32, Vec<Led>)>,
}

/// One relationship: the lists of its owners.
#[derive(Debug)]
pub(super) struct CollectionIndex {
    pub(super) relationship: &'static RelationshipMeta,
    /// What may be in the lists.
    pub(super) refers: &'static EntityMeta,
    /// The entity that refers, by which of its foreign keys, and the entity it leads to.
    pub(super) child: usize,
    pub(super) foreign_key: usize,
    pub(super) parent: usize,
    pub(super) owners: BySlot<CollectionState>,
    /// Objects that may be in lists of owners to which they refer no more.
    pub(super) moved: HashSet<u32, RandomState>,
    /// New objects that were in a collection, and then in none: slots with their generations.
    pub(super) left: HashSet<(u32, u32), RandomState>,
    /// Whether objects at the other end of an association have left the session.
    pub(super) lost_targets: bool,
}

/// The collection of one owner.
#[derive(Debug)]
pub(super) struct CollectionState {
    /// Of the owner.
    pub(super) generation: u32,
    /// When it was loaded; [`NEVER_LOADED`] where it never was, since the owner is new.
    pub(super) age: u32,
    /// Whether it is stale whatever its age.
    pub(super) expired: bool,
    /// Whether all are there, or only those that came by the way.
    pub(super) complete: bool,
    pub(super) list: Vec<SlotRef>,
    /// What a filtered load has found.
    pub(super) part: Option<Vec<SlotRef>>,
}

/// Whether a collection can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// All of it is there.
    Full,
    /// Only what a filter let through.
    Partial,
    No,
}

impl CollectionIndex {
    /// Whether it is kept by the references alone. One with a condition is as its load has found it.
    pub(super) fn follows_references(&self) -> bool {
        self.relationship.filter.is_none()
    }

    pub(super) fn members(&self, owner: u32, generation: u32) -> Option<&CollectionState> {
        self.owners.get(&owner).filter(|members| members.generation == generation)
    }

    /// The list of an owner where there is one, or where the owner is new: then everything that refers to it
    /// is in memory, and the list is whole.
    pub(super) fn followed(
        &mut self,
        owner: u32,
        header: SlotHeader,
    ) -> Option<&mut CollectionState> {
        let known = self.members(owner, header.generation()).is_some();
        (known || header.created_here()).then(|| {
            let members = self.members_mut(owner, header.generation());
            members.complete |= !known;
            members
        })
    }

    pub(super) fn members_mut(&mut self, owner: u32, generation: u32) -> &mut CollectionState {
        let members = self.owners.entry(owner).or_insert_with(|| CollectionState::of(generation));
        if members.generation != generation {
            *members = CollectionState::of(generation);
        }
        members
    }
}

impl CollectionState {
    pub(super) fn of(generation: u32) -> Self {
        CollectionState {
            generation,
            age: NEVER_LOADED,
            expired: false,
            complete: false,
            list: Vec::new(),
            part: None,
        }
    }
}

impl Collections {
    /// Enters the edges of the references of an entity.
    pub(super) fn register(&mut self, meta: &'static EntityMeta) {
        let child = meta.entity.index();
        if self.children.len() <= child {
            self.children.resize_with(child + 1, Children::default);
        }
        for (foreign_key, reference) in meta.foreign_keys.iter().enumerate() {
            if reference.field.is_none() {
                continue;
            }
            let target = (reference.target)();
            for relationship in target.relationships {
                if relationship.kind == RelationshipKind::ManyToOne
                    || relationship.foreign_key != foreign_key
                    || relationship.made_by().0.entity.index() != child
                {
                    continue;
                }
                self.children[child].edges.push(self.edges.len());
                self.edges.push(CollectionIndex {
                    relationship,
                    refers: relationship.made_by().0,
                    child,
                    foreign_key,
                    parent: target.entity.index(),
                    owners: BySlot::default(),
                    moved: HashSet::default(),
                    left: HashSet::default(),
                    lost_targets: false,
                });
            }
        }
    }

    /// Forgets what is in the collections.
    pub(super) fn clear(&mut self) {
        for edge in &mut self.edges {
            edge.owners = BySlot::default();
            edge.moved = HashSet::default();
            edge.left = HashSet::default();
        }
        for children in &mut self.children {
            children.last_touched = None;
        }
    }

    pub(super) fn edge(&self, relationship: &'static RelationshipMeta) -> Option<usize> {
        let child = relationship.made_by().0.entity.index();
        let mut edges = self.edges_of(child).iter().copied();
        edges.find(|&edge| self.edges[edge].relationship.is(relationship))
    }

    /// Returns whether a new object was in a collection along a reference, and then in none.
    pub(super) fn has_left(&self, child: usize, foreign_key: usize, slot_ref: SlotRef) -> bool {
        let edges = self.edges_of(child).iter().map(|&edge| &self.edges[edge]);
        edges
            .filter(|edge| edge.foreign_key == foreign_key)
            .any(|edge| edge.left.contains(&(slot_ref.slot(), slot_ref.generation())))
    }

    /// An object was asked to be written again: that it was in a collection before says nothing.
    pub(super) fn came_back(&mut self, child: usize, slot_ref: SlotRef) {
        for n in 0..self.edges_of(child).len() {
            let edge = self.children[child].edges[n];
            self.edges[edge].left.remove(&(slot_ref.slot(), slot_ref.generation()));
        }
    }

    /// Stops believing what was read at this age or later. Collections cannot be read then if
    /// something was written as well.
    pub(super) fn disbelieve_since(&mut self, began: u32, wrote: bool) {
        for members in self.edges.iter_mut().flat_map(|edge| edge.owners.values_mut()) {
            if members.age < began {
                continue;
            }
            members.expired = true;
            if wrote {
                members.complete = false;
                members.part = None;
            }
        }
    }

    /// A flush is over: what was new is not new any more.
    pub(super) fn forget_left(&mut self) {
        self.edges.iter_mut().for_each(|edge| edge.left.clear());
    }

    pub(super) fn edges_of(&self, child: usize) -> &[usize] {
        self.children.get(child).map_or(&[], |children| &children.edges)
    }

    /// Whether there are collections of objects of this entity, so that its changes are followed.
    pub(super) fn watches(&self, child: usize) -> bool {
        !self.edges_of(child).is_empty()
    }
}

/// Where a reference of an object leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Led {
    Nowhere,
    /// To an object that is not in memory.
    Away,
    To(u32),
}

impl Led {
    pub(super) fn owner(self) -> Option<u32> {
        match self {
            Led::To(owner) => Some(owner),
            Led::Nowhere | Led::Away => None,
        }
    }
}
