//! Fix-up: after an object was accessed mutably, it is entered in the collections that its
//! references point to now, before anything else can change.

use super::IdentityMap;
use super::collection_state::CollectionIndex;
use super::collection_state::Led;
use crate::mapping::{Reference, RelationshipMeta};

impl IdentityMap {
    /// Fixes up the object that was accessed before, and remembers the targets of the references of
    /// this one, before it is accessed mutably.
    pub(crate) fn before_touch(&mut self, entity: usize, slot: u32) {
        if !self.collections.watches(entity) {
            return;
        }
        if self.collections.children[entity]
            .last_touched
            .as_ref()
            .is_some_and(|(last, _)| *last == slot)
        {
            return;
        }
        self.fix_up_entity(entity);
        let owners = self.owners_of(entity, slot);
        self.collections.children[entity].last_touched = Some((slot, owners));
    }

    /// Sets a reference of an object to an owner, or to NULL, as an edit by the user does.
    pub(crate) fn refer(
        &mut self,
        relationship: &'static RelationshipMeta,
        slot: u32,
        to: Reference<'_>,
    ) {
        let entity = relationship.made_by().0.entity.index();
        // The object may itself be the one that was accessed last, and its previous targets must
        // not be lost.
        self.fix_up_entity(entity);
        self.before_touch(entity, slot);
        if let Some(arena) = self.arena_dyn_mut(entity) {
            arena.edit_reference(slot, relationship.foreign_key, to);
        }
    }

    /// Enters the object of an entity that was accessed last in the collections that its references
    /// point to now.
    pub(crate) fn fix_up_entity(&mut self, entity: usize) {
        let Some(children) = self.collections.children.get_mut(entity) else { return };
        let Some((slot, before)) = children.last_touched.take() else { return };
        let now = self.owners_of(entity, slot);
        for (n, (before, now)) in before.into_iter().zip(now).enumerate() {
            if before != now {
                let edge = self.collections.children[entity].edges[n];
                if now == Led::Nowhere {
                    let generation =
                        self.arena_dyn(entity).map_or(0, |it| it.slot_ref(slot).generation());
                    self.collections.edges[edge].left.insert((slot, generation));
                }
                self.reference_changed(edge, slot, now.owner());
            }
        }
    }

    /// Enters the objects that were accessed last in the collections that their references point to
    /// now.
    pub(super) fn fix_up_touched(&mut self) {
        for entity in 0..self.collections.children.len() {
            self.fix_up_entity(entity);
        }
    }

    /// Fixes up all entities.
    pub(crate) fn fix_up_all(&mut self) {
        for entity in 0..self.collections.children.len() {
            self.fix_up_entity(entity);
            self.fix_up_added(entity, None);
        }
    }

    fn owners_of(&self, entity: usize, slot: u32) -> Vec<Led> {
        let Some(arena) = self.arena_dyn(entity) else { return Vec::new() };
        let led = |&edge: &usize| {
            let CollectionIndex { foreign_key, parent, .. } = self.collections.edges[edge];
            let reference = arena.reference(slot, foreign_key);
            match self.target_slot(reference, parent) {
                Some(owner) => Led::To(owner),
                None if reference.is_null() => Led::Nowhere,
                None => Led::Away,
            }
        };
        self.collections.edges_of(entity).iter().map(led).collect()
    }
}
