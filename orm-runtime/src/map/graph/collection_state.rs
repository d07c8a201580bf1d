//! What the map keeps of collections: for each relationship and each owner a list of the objects that
//! may refer to the owner.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::map::store::ages::NEVER_LOADED;
use crate::map::store::slot::{SlotHeader, SlotRef};
use crate::map::store::undo_log::BySlot;
use crate::mapping::{EntityMeta, RelationshipKind, RelationshipMeta};

/// The collections of all objects of a map.
#[derive(Debug, Default)]
pub(crate) struct Collections {
    pub(in crate::map) edges: Vec<CollectionIndex>,
    /// By the number of the entity whose objects refer.
    pub(in crate::map) children: Vec<Children>,
}

/// The edges of the references of one entity.
#[derive(Debug, Default)]
pub(in crate::map) struct Children {
    pub(in crate::map) edges: Vec<usize>,
    /// The object that was reached mutably last, and where its references led before.
    pub(in crate::map) last_touched: Option<(u32, Vec<Led>)>,
}

/// One relationship: the lists of its owners.
#[derive(Debug)]
pub(crate) struct CollectionIndex {
    pub(in crate::map) relationship: &'static RelationshipMeta,
    /// What may be in the lists.
    pub(in crate::map) refers: &'static EntityMeta,
    /// The entity that refers, by which of its foreign keys, and the entity it leads to.
    pub(crate) child: usize,
    pub(crate) foreign_key: usize,
    pub(crate) parent: usize,
    pub(in crate::map) owners: BySlot<CollectionState>,
    /// Objects that may be in lists of owners to which they refer no more.
    pub(in crate::map) moved: HashSet<u32, RandomState>,
    /// New objects that were in a collection, and then in none: slots with their generations.
    pub(in crate::map) left: HashSet<(u32, u32), RandomState>,
    /// Whether objects at the other end of an association have left the session.
    pub(in crate::map) lost_targets: bool,
}

/// The collection of one owner.
#[derive(Debug)]
pub(in crate::map) struct CollectionState {
    /// Of the owner.
    pub(in crate::map) generation: u32,
    /// When it was loaded; [`NEVER_LOADED`] where it never was, since the owner is new.
    pub(in crate::map) age: u32,
    /// Whether it is stale whatever its age.
    pub(in crate::map) expired: bool,
    /// Whether all are there, or only those that came by the way.
    pub(in crate::map) complete: bool,
    pub(in crate::map) list: Vec<SlotRef>,
    /// What a filtered load has found.
    pub(in crate::map) part: Option<Vec<SlotRef>>,
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
    pub(in crate::map) fn follows_references(&self) -> bool {
        self.relationship.filter.is_none()
    }

    pub(in crate::map) fn members(&self, owner: u32, generation: u32) -> Option<&CollectionState> {
        self.owners.get(&owner).filter(|members| members.generation == generation)
    }

    /// The list of an owner where there is one, or where the owner is new: then everything that refers to it
    /// is in memory, and the list is whole.
    pub(in crate::map) fn followed(
        &mut self,
        owner: u32,
        header: SlotHeader,
    ) -> Option<&mut CollectionState> {
        let known = self.members(owner, header.generation).is_some();
        (known || header.created_here()).then(|| {
            let members = self.members_mut(owner, header.generation);
            members.complete |= !known;
            members
        })
    }

    pub(in crate::map) fn members_mut(
        &mut self,
        owner: u32,
        generation: u32,
    ) -> &mut CollectionState {
        let members = self.owners.entry(owner).or_insert_with(|| CollectionState::of(generation));
        if members.generation != generation {
            *members = CollectionState::of(generation);
        }
        members
    }
}

impl CollectionState {
    pub(in crate::map) fn of(generation: u32) -> Self {
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
    pub(in crate::map) fn register(&mut self, meta: &'static EntityMeta) {
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
    pub(in crate::map) fn clear(&mut self) {
        for edge in &mut self.edges {
            edge.owners = BySlot::default();
            edge.moved = HashSet::default();
            edge.left = HashSet::default();
        }
        for children in &mut self.children {
            children.last_touched = None;
        }
    }

    pub(in crate::map) fn edge(&self, relationship: &'static RelationshipMeta) -> Option<usize> {
        let child = relationship.made_by().0.entity.index();
        let mut edges = self.edges_of(child).iter().copied();
        edges.find(|&edge| self.edges[edge].relationship.is(relationship))
    }

    /// Returns whether a new object was in a collection along a reference, and then in none.
    pub(in crate::map) fn has_left(
        &self,
        child: usize,
        foreign_key: usize,
        slot_ref: SlotRef,
    ) -> bool {
        let edges = self.edges_of(child).iter().map(|&edge| &self.edges[edge]);
        edges
            .filter(|edge| edge.foreign_key == foreign_key)
            .any(|edge| edge.left.contains(&(slot_ref.slot, slot_ref.generation())))
    }

    /// An object was asked to be written again: that it was in a collection before says nothing.
    pub(in crate::map) fn came_back(&mut self, child: usize, slot_ref: SlotRef) {
        for n in 0..self.edges_of(child).len() {
            let edge = self.children[child].edges[n];
            self.edges[edge].left.remove(&(slot_ref.slot, slot_ref.generation()));
        }
    }

    /// A flush is over: what was new is not new any more.
    pub(in crate::map) fn forget_left(&mut self) {
        self.edges.iter_mut().for_each(|edge| edge.left.clear());
    }

    pub(in crate::map) fn edges_of(&self, child: usize) -> &[usize] {
        self.children.get(child).map_or(&[], |children| &children.edges)
    }

    /// Whether there are collections of objects of this entity, so that its changes are followed.
    pub(in crate::map) fn watches(&self, child: usize) -> bool {
        !self.edges_of(child).is_empty()
    }
}

/// Where a reference of an object leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::map) enum Led {
    Nowhere,
    /// To an object that is not in memory.
    Away,
    To(u32),
}

impl Led {
    pub(in crate::map) fn owner(self) -> Option<u32> {
        match self {
            Led::To(owner) => Some(owner),
            Led::Nowhere | Led::Away => None,
        }
    }
}
