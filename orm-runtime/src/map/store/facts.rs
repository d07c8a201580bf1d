//! How long a fact is believed: one rule, in one place.
//!
//! A fact is what a statement has read: the columns of an object, who is in a collection, that a
//! key has no row. Each fact bears the age of the map at which it was read. It is believed as long
//! as the transaction or savepoint in which it was read:
//!
//! - A *reader* believes facts as old as the *horizon*, which moves when a transaction ends (unless
//!   the session is told to keep objects across transactions) and when everything is expired.
//! - *What decides a write* (who goes with a deleted object, who is an orphan, what a collection
//!   lacks) has to be a fact of the transaction itself.
//! - What was read inside something that was undone is not believed after it.
//!
//! What makes an object stale makes its collections stale. An edit is not a fact: it neither
//! refreshes an object nor protects the columns beside it.

use super::ages::FIRST;
use super::ages::Written;
use super::slot::MAX_AGE;
use crate::handle::Handle;
use crate::map::identity::IdentityMap;
use crate::mapping::{Entity, EntityMeta, RelationshipKind, RelationshipMeta};

impl IdentityMap {
    /// Returns the age of what is read now.
    pub(crate) fn age(&self) -> u32 {
        self.age
    }

    /// Returns the horizon of readers: facts that are older are stale.
    pub(crate) fn horizon(&self) -> u32 {
        self.horizon
    }

    /// Returns the horizon of what decides a write: the beginning of the transaction.
    pub(crate) fn write_horizon(&self) -> u32 {
        self.scopes_began.first().map_or(self.horizon, |&began| began.max(self.horizon))
    }

    /// Returns whether an object was read, or written, no earlier than a horizon, or is new.
    pub(crate) fn is_current<T: Entity>(&self, handle: Handle<T>, horizon: u32) -> bool {
        let header =
            self.arena_dyn(T::entity_index()).and_then(|arena| arena.header(handle.raw().slot));
        header.is_some_and(|header| header.is_pending() || header.age() >= horizon)
    }

    /// Returns those of some stored objects of which it is not known in this transaction where a
    /// reference leads: neither was the row read in it, nor was the reference written.
    pub(crate) fn doubtful(&self, entity: usize, foreign_key: usize, slots: &[u32]) -> Vec<u32> {
        let mut stale = self.stale_for_write(entity, slots);
        if let Some(arena) = self.arena_dyn(entity) {
            stale.retain(|&slot| !arena.wrote_reference(slot, foreign_key));
        }
        stale
    }

    /// Returns those of some stored objects that are older than what decides a write may be.
    pub(crate) fn stale_for_write(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        let (Some(arena), horizon) = (self.arena_dyn(entity), self.write_horizon()) else {
            return Vec::new();
        };
        let is_stale = |slot: &u32| {
            arena
                .header(*slot)
                .is_some_and(|header| header.state().has_row() && header.age() < horizon)
        };
        slots.iter().copied().filter(is_stale).collect()
    }

    /// Makes every object stale, and every collection. Costs nothing until they are asked for again.
    pub(crate) fn expire_all(&mut self) {
        self.grow_older();
        self.horizon = self.age;
    }

    /// Makes objects stale, and their collections.
    pub(crate) fn expire_handles<T: Entity>(&mut self, handles: &[Handle<T>]) {
        let slots: Vec<u32> = handles.iter().map(|handle| handle.raw().slot).collect();
        self.expire_slots(T::META, &slots);
    }

    /// Makes objects stale, and their collections.
    pub(crate) fn expire_slots(&mut self, meta: &'static EntityMeta, slots: &[u32]) {
        let entity = meta.entity.index();
        if let Some(arena) = self.arena_dyn_mut(entity) {
            slots.iter().for_each(|&slot| arena.expire(slot));
        }
        for edge in self.collections.edges.iter_mut().filter(|edge| edge.parent == entity) {
            for slot in slots {
                if let Some(members) = edge.owners.get_mut(slot) {
                    members.expired = true;
                }
            }
        }
    }

    /// Makes one relationship of an object stale, and nothing else: its collection, or the object to
    /// which its reference leads. Returns the objects to which it leads.
    pub(crate) fn expire_relationship(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Vec<u32> {
        let (source, target) = ((relationship.source)(), (relationship.target)());
        let reached = self.neighbours(relationship, source.entity.index(), owner);
        if relationship.kind == RelationshipKind::ManyToOne {
            self.expire_slots(target, &reached);
            if let Some(arena) = self.arena_dyn_mut(target.entity.index()) {
                arena.forget_absent();
            }
            return reached;
        }
        self.arena_dyn_of(relationship.made_by().0);
        let Some(edge) = self.collections.edge(relationship) else { return reached };
        let Some(header) =
            self.arena_dyn(self.collections.edges[edge].parent).and_then(|it| it.header(owner))
        else {
            return reached;
        };
        // What is in a collection that is whole because its owner is new is written down first.
        if let Some(members) = self.collections.edges[edge].followed(owner, header) {
            members.expired = true;
        }
        reached
    }

    /// Stops believing what was read since a transaction scope began, because the transaction scope was undone. Where it
    /// wrote something, what was read in it may show that: collections cannot be read then.
    pub(in crate::map) fn disbelieve_since(&mut self, began: u32, wrote: bool) {
        self.each_arena(|arena| arena.disbelieve_since(began));
        for members in self.collections.edges.iter_mut().flat_map(|edge| edge.owners.values_mut()) {
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

    /// Stops believing what was read in the transaction, which is gone at the server.
    pub(crate) fn disbelieve_transaction(&mut self) {
        let began = self.scopes_began.first().copied().unwrap_or_default();
        self.disbelieve_since(began, true);
        self.written.fill(Written::Nothing);
    }

    pub(in crate::map) fn grow_older(&mut self) {
        if self.age + 1 >= MAX_AGE {
            // Ages begin again, and everything is stale: after 67 million transactions.
            self.disbelieve_since(FIRST, false);
            self.scopes_began.iter_mut().for_each(|began| *began = FIRST);
            self.age = FIRST;
            self.horizon = FIRST;
        }
        self.age += 1;
    }
}
