//! What is in the collections of objects: for each relationship and each owner a list of the objects
//! that refer to it.
//!
//! The references are the truth, and a list only says who may refer to its owner, and in which order.
//! An object that changes its reference stays in the old list and is entered in the new one; as one
//! that has *moved* it is shown where its reference leads, whatever list it is found in. So a rollback
//! has nothing to put back, order included.
//!
//! A reference changes behind `IndexMut`, where nothing can watch. But the map is reached mutably before
//! anything else can change: then the object that was reached last is *settled*.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::facts::NEVER_LOADED;
use super::fix_up::Led;
use super::identity::IdentityMap;
use super::slot::{SlotHeader, SlotRef};
use super::undo_log::BySlot;
use crate::handle::RawHandle;
use crate::mapping::{EntityMeta, Reference, RelationshipKind, RelationshipMeta};

/// The collections of all objects of a map.
#[derive(Debug, Default)]
pub(crate) struct Collections {
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
pub(crate) struct CollectionIndex {
    pub(super) relationship: &'static RelationshipMeta,
    /// What may be in the lists.
    pub(super) refers: &'static EntityMeta,
    /// The entity that refers, by which of its foreign keys, and the entity it leads to.
    pub(crate) child: usize,
    pub(crate) foreign_key: usize,
    pub(crate) parent: usize,
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
        let known = self.members(owner, header.generation).is_some();
        (known || header.created_here()).then(|| {
            let members = self.members_mut(owner, header.generation);
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
    fn of(generation: u32) -> Self {
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
            .any(|edge| edge.left.contains(&(slot_ref.slot, slot_ref.generation())))
    }

    /// An object was asked to be written again: that it was in a collection before says nothing.
    pub(super) fn came_back(&mut self, child: usize, slot_ref: SlotRef) {
        for n in 0..self.edges_of(child).len() {
            let edge = self.children[child].edges[n];
            self.edges[edge].left.remove(&(slot_ref.slot, slot_ref.generation()));
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

impl IdentityMap {
    /// Where a foreign key leads, if the object is in memory.
    pub(crate) fn target_slot(&self, reference: Reference<'_>, target: usize) -> Option<u32> {
        if reference.is_null() {
            return None;
        }
        let linked = reference.handle.and_then(|link| self.handle_slot(link, target));
        linked.or_else(|| self.arena_dyn(target)?.find_key(reference.key?))
    }

    /// Where a foreign key of an object leads, if that is in memory.
    pub(crate) fn leads_to(
        &self,
        entity: usize,
        slot: u32,
        foreign_key: usize,
        target: usize,
    ) -> Option<u32> {
        self.target_slot(self.arena_dyn(entity)?.reference(slot, foreign_key), target)
    }

    /// The slot of the object a link leads to, if it is still there.
    pub(crate) fn handle_slot(&self, link: RawHandle, target: usize) -> Option<u32> {
        let header = self.arena_dyn(target)?.header(link.slot)?;
        (link.map == self.id() && header.generation == link.generation).then_some(link.slot)
    }

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
            || self.arena_dyn(parent).is_some_and(|arena| arena.has_born())
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
