//! What the map stores about collections: for each relationship and each owner, a list of the
//! objects that may reference the owner.

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
    /// By the number of the entity that has the references.
    pub(super) children: Vec<Children>,
}

/// The edges of the references of one entity.
#[derive(Debug, Default)]
pub(super) struct Children {
    pub(super) edges: Vec<usize>,
    /// The object that was last accessed mutably, and the previous targets of its references.
    pub(super) last_touched: Option<(u32, Vec<Led>)>,
}

/// One relationship: the lists of its owners.
#[derive(Debug)]
pub(super) struct CollectionIndex {
    pub(super) relationship: &'static RelationshipMeta,
    /// The entity of the objects in the lists.
    pub(super) refers: &'static EntityMeta,
    /// The entity that has the reference, the position of the foreign key, and the entity that it
    /// references.
    pub(super) child: usize,
    pub(super) foreign_key: usize,
    pub(super) parent: usize,
    pub(super) owners: BySlot<CollectionState>,
    /// Objects that may be in lists of owners that they no longer reference.
    pub(super) moved: HashSet<u32, RandomState>,
    /// New objects that were in a collection, and then in none: slots with their generations.
    pub(super) left: HashSet<(u32, u32), RandomState>,
    /// `true` if objects at the other end of an association have left the session.
    pub(super) lost_targets: bool,
}

/// The collection of one owner.
#[derive(Debug)]
pub(super) struct CollectionState {
    /// The generation of the owner.
    pub(super) generation: u32,
    /// When it was loaded; [`NEVER_LOADED`] if it never was, because the owner is new.
    pub(super) age: u32,
    /// `true` if it is stale at any age.
    pub(super) expired: bool,
    /// `true` if the list has all objects, and not only some that were loaded for another reason.
    pub(super) complete: bool,
    pub(super) list: Vec<SlotRef>,
    /// The result of a filtered load.
    pub(super) part: Option<Vec<SlotRef>>,
}

/// How much of a collection can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// All objects.
    Full,
    /// Only the objects that match a filter.
    Partial,
    No,
}

impl CollectionIndex {
    /// Returns `true` if the references alone decide what is in the collection. A collection with a
    /// condition stays as it was loaded.
    pub(super) fn follows_references(&self) -> bool {
        self.relationship.filter.is_none()
    }

    pub(super) fn members(&self, owner: u32, generation: u32) -> Option<&CollectionState> {
        self.owners.get(&owner).filter(|members| members.generation == generation)
    }

    /// Returns the list of an owner, if it has one. A new owner always has a complete list, because
    /// everything that references it is in memory.
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
    /// Adds the edges of the references of an entity.
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

    /// Forgets the content of all collections.
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

    /// Returns `true` if a new object was in a collection by a reference, and then in none.
    pub(super) fn has_left(&self, child: usize, foreign_key: usize, slot_ref: SlotRef) -> bool {
        let edges = self.edges_of(child).iter().map(|&edge| &self.edges[edge]);
        edges
            .filter(|edge| edge.foreign_key == foreign_key)
            .any(|edge| edge.left.contains(&(slot_ref.slot(), slot_ref.generation())))
    }

    /// Forgets that an object was in a collection before, because the user has added it again.
    pub(super) fn came_back(&mut self, child: usize, slot_ref: SlotRef) {
        for n in 0..self.edges_of(child).len() {
            let edge = self.children[child].edges[n];
            self.edges[edge].left.remove(&(slot_ref.slot(), slot_ref.generation()));
        }
    }

    /// Makes stale what was read at this age or later. If something was written as well, the
    /// collections cannot be read then.
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

    /// Forgets the new objects that have left collections, because after a flush they are no longer
    /// new.
    pub(super) fn forget_left(&mut self) {
        self.edges.iter_mut().for_each(|edge| edge.left.clear());
    }

    pub(super) fn edges_of(&self, child: usize) -> &[usize] {
        self.children.get(child).map_or(&[], |children| &children.edges)
    }

    /// Returns `true` if objects of this entity can be in collections, so that their changes are
    /// tracked.
    pub(super) fn watches(&self, child: usize) -> bool {
        !self.edges_of(child).is_empty()
    }
}

/// The target of a reference of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Led {
    Nowhere,
    /// An object that is not in memory.
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
