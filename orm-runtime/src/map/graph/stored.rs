//! What session, plan and graph ask the store of a map for.

use super::IdentityMap;
use crate::error::ValidationError;
use crate::handle::{Handle, MapId, RawHandle};
use crate::map::store::{Arena, ErasedArena, ObjectSet, RowPolicy, SlotHeader, SlotRef, Written};
use crate::mapping::{ColumnSet, Entity, EntityMeta, Reference};

/// Arenas, and objects by handle, key and slot.
impl IdentityMap {
    /// Returns the number of this map, which its handles bear.
    #[inline]
    pub(crate) fn id(&self) -> MapId {
        self.store.id()
    }

    #[inline]
    pub(crate) fn arena<T: Entity>(&self) -> Option<&Arena<T::Root>> {
        self.store.arena::<T>()
    }

    pub(crate) fn arena_dyn(&self, entity: usize) -> Option<&dyn ErasedArena> {
        self.store.arena_dyn(entity)
    }

    pub(crate) fn arena_dyn_mut(&mut self, entity: usize) -> Option<&mut dyn ErasedArena> {
        self.store.arena_dyn_mut(entity)
    }

    /// Returns all arenas, in the order of first use.
    pub(crate) fn arenas(&self) -> impl Iterator<Item = (usize, &dyn ErasedArena)> {
        self.store.arenas()
    }

    /// Returns the object of a handle, or `None` if it is gone or belongs to another map.
    #[inline]
    pub(in crate::map) fn object<T: Entity>(&self, handle: Handle<T>) -> Option<&T> {
        self.store.try_get(handle)
    }

    /// Returns the header of an object in memory.
    #[inline]
    pub(in crate::map) fn header<T: Entity>(&self, handle: Handle<T>) -> Option<SlotHeader> {
        self.store.header::<T>(handle.raw().slot)
    }

    /// Returns the handle of a slot.
    #[inline]
    pub(crate) fn handle<T: Entity>(&self, slot: u32) -> Handle<T> {
        self.store.handle(slot)
    }

    /// Returns the handle of a slot of any entity.
    pub(crate) fn raw_handle(&self, entity: usize, slot: u32) -> Option<RawHandle> {
        self.store.raw_handle(entity, slot)
    }

    /// Returns the object with this key, if it is in memory and no older than a horizon, so that it
    /// need not be read again.
    #[inline]
    pub(crate) fn fresh<T: Entity>(&self, key: &T::Key, horizon: u32) -> Option<Handle<T>> {
        self.store.fresh(key, horizon)
    }

    /// Returns `true` if some object has this key.
    pub(crate) fn is_in_memory<T: Entity>(&self, key: &T::Key) -> bool {
        self.store.arena::<T>().is_some_and(|arena| arena.find(key).is_some())
    }

    /// Returns the slot of the object that a handle references, if it is still there.
    pub(crate) fn handle_slot(&self, handle: RawHandle, target: usize) -> Option<u32> {
        self.store.handle_slot(handle, target)
    }

    /// Returns the slot of the object to which a reference leads, if it is in memory.
    pub(crate) fn target_slot(&self, reference: Reference<'_>, target: usize) -> Option<u32> {
        self.store.target_slot(reference, target)
    }

    /// Returns the slot of the object to which a foreign key of an object leads, if it is in
    /// memory.
    pub(crate) fn leads_to(
        &self,
        entity: usize,
        slot: u32,
        foreign_key: usize,
        target: usize,
    ) -> Option<u32> {
        self.store.leads_to(entity, slot, foreign_key, target)
    }

    /// Returns which objects of these entities there are now.
    pub(crate) fn known(&self, entities: &[&'static EntityMeta]) -> ObjectSet {
        self.store.known(entities)
    }

    /// Returns which objects of the same entities have come since, an entity after the other.
    pub(crate) fn added_since(&self, known: &ObjectSet) -> Vec<(usize, Vec<SlotRef>)> {
        self.store.added_since(known)
    }
}

/// Ages of what was read.
impl IdentityMap {
    /// Returns the age of what is read now.
    pub(crate) fn age(&self) -> u32 {
        self.store.age()
    }

    /// Returns the horizon of readers: facts that are older are stale.
    pub(crate) fn horizon(&self) -> u32 {
        self.store.horizon()
    }

    /// Returns the horizon of what decides a write: the beginning of the transaction.
    pub(crate) fn write_horizon(&self) -> u32 {
        self.store.write_horizon()
    }

    /// Returns whether an object was read, or written, no earlier than a horizon, or is new.
    pub(crate) fn is_current<T: Entity>(&self, handle: Handle<T>, horizon: u32) -> bool {
        self.store.is_current(handle, horizon)
    }

    /// Returns those of some stored objects that are older than what decides a write may be.
    pub(crate) fn stale_for_write(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.stale_for_write(entity, slots)
    }

    /// Returns how the rows of a query for an entity enter the map now. Objects older than the
    /// horizon take the new values; with [`READ_ALL`](crate::map::READ_ALL) all of them do, and
    /// lose their edits.
    pub(crate) fn row_policy(
        &mut self,
        meta: &'static EntityMeta,
        horizon: u32,
        undeferred: ColumnSet,
    ) -> RowPolicy {
        self.restore_unmoved(meta.entity.index());
        self.store.row_policy(meta, horizon, undeferred)
    }
}

/// Flushes and transactions.
impl IdentityMap {
    /// Returns `true` if nothing is pending.
    pub(crate) fn is_clean(&self) -> bool {
        self.store.is_clean()
    }

    /// Lets the hooks of all objects run that have pending changes. Returns the first that may not
    /// be written, by entity and slot.
    pub(crate) fn prepare(&mut self) -> Result<(), (usize, u32, ValidationError)> {
        self.store.prepare()
    }

    /// Forgets which objects were touched, and which were pending: the flush is entered, and what
    /// was touched but is unchanged is clean.
    pub(crate) fn clear_unchanged(&mut self) {
        self.store.each_arena(|arena| arena.clear_unchanged());
    }

    /// Notes that something was written in the innermost transaction scope.
    pub(crate) fn note_written(&mut self, how: Written) {
        self.store.note_written(how);
    }

    /// Returns the stored objects whose keys these have, which were inserted just now.
    pub(crate) fn former_holders(&self, entity: usize, inserted: &[u32]) -> Vec<u32> {
        self.store.former_holders(entity, inserted)
    }

    /// Returns whether objects of an entity are stored that were last read before the open transaction.
    pub(crate) fn has_older<F: Entity<Root = F>>(&self) -> bool {
        self.store.has_older::<F>()
    }

    /// Rows were inserted of which the map does not know: an object of an earlier transaction that has the
    /// key of one of them is looked for before it is written.
    pub(crate) fn doubt_holders<F: Entity<Root = F>>(&mut self, rows: &Arena<F>) {
        self.store.doubt_holders(rows);
    }

    /// Makes an object transient whose row is gone.
    pub(crate) fn give_up<T: Entity>(&mut self, handle: Handle<T>) {
        self.arena_mut::<T>().give_up(handle.raw().slot);
    }

    /// Sets whether rows are looked for to prove what was read before.
    pub(crate) fn set_proving(&mut self, proving: bool) {
        self.store.set_proving(proving);
    }

    /// Returns whether there are objects of which nobody knows whether their rows are there.
    pub(crate) fn has_unproven(&self) -> bool {
        self.store.has_unproven()
    }

    /// Returns those of some objects whose rows are unproven.
    pub(crate) fn unproven_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.unproven_among(entity, slots)
    }

    /// Returns those of some objects that are to be deleted.
    pub(crate) fn deletions_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.deletions_among(entity, slots)
    }

    /// Makes those of these objects transient whose rows were not found. Returns the first that has
    /// edits.
    pub(crate) fn give_up_unproven(&mut self, entity: usize, slots: &[u32]) -> Option<u32> {
        self.store.give_up_unproven(entity, slots)
    }
}
