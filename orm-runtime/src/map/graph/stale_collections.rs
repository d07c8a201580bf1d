//! Collections become stale with their objects, and with reads in a transaction scope that was
//! undone. The rule is in `map/store/facts.rs`.

use super::IdentityMap;
use crate::handle::Handle;
use crate::map::store::FIRST;
use crate::mapping::{Entity, EntityMeta, RelationshipKind, RelationshipMeta};

impl IdentityMap {
    /// Returns the stored objects whose reference is not known in this transaction: neither was the
    /// row read in it, nor was the reference written.
    pub(crate) fn doubtful(&self, entity: usize, foreign_key: usize, slots: &[u32]) -> Vec<u32> {
        let mut stale = self.stale_for_write(entity, slots);
        if let Some(arena) = self.arena_dyn(entity) {
            stale.retain(|&slot| !arena.wrote_reference(slot, foreign_key));
        }
        stale
    }

    /// Makes every object and every collection stale. This sends no SQL; the next read loads them
    /// again.
    pub(crate) fn expire_all(&mut self) {
        self.grow_older();
        self.store.move_horizon();
    }

    /// Makes objects and their collections stale.
    pub(crate) fn expire_handles<T: Entity>(&mut self, handles: &[Handle<T>]) {
        let slots: Vec<u32> = handles.iter().map(|handle| handle.raw().slot).collect();
        self.expire_slots(T::META, &slots);
    }

    /// Makes objects and their collections stale.
    pub(crate) fn expire_slots(&mut self, meta: &'static EntityMeta, slots: &[u32]) {
        let entity = meta.entity.index();
        self.store.expire_objects(entity, slots);
        for edge in self.collections.edges.iter_mut().filter(|edge| edge.parent == entity) {
            for slot in slots {
                if let Some(members) = edge.owners.get_mut(slot) {
                    members.expired = true;
                }
            }
        }
    }

    /// Makes one relationship of an object stale, and nothing else: its collection, or the target
    /// of its reference. Returns the objects at the other end.
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
        // The list of a collection that is complete because its owner is new is written down first.
        if let Some(members) = self.collections.edges[edge].followed(owner, header) {
            members.expired = true;
        }
        reached
    }

    /// Makes stale what was read since the beginning of a transaction scope that was undone. If the
    /// scope wrote something, what was read in it may depend on that, and collections cannot be
    /// read.
    pub(super) fn disbelieve_since(&mut self, began: u32, wrote: bool) {
        self.store.disbelieve_objects_since(began);
        self.collections.disbelieve_since(began, wrote);
    }

    /// Makes stale what was read in the transaction, which the server has aborted.
    pub(crate) fn disbelieve_transaction(&mut self) {
        self.disbelieve_since(self.store.transaction_began(), true);
        self.store.forget_written();
    }

    pub(super) fn grow_older(&mut self) {
        if self.store.grow_older() {
            self.collections.disbelieve_since(FIRST, false);
        }
    }
}
