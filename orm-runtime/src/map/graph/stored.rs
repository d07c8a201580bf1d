//! The store of a map, as the session, the plan and the graph use it.

use super::IdentityMap;
use crate::error::ValidationError;
use crate::handle::{Handle, MapId, RawHandle};
use crate::map::store::{Arena, ErasedArena, ObjectSet, RowPolicy, SlotHeader, SlotRef, Written};
use crate::mapping::{ColumnSet, Entity, EntityMeta, Reference};

/// Arenas, and objects by handle, key and slot.
impl IdentityMap {
    /// Returns the number of this map, which is part of its handles.
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

    /// Returns the object with this key if it is in memory and no older than a horizon, so that it
    /// need not be read again.
    #[inline]
    pub(crate) fn fresh<T: Entity>(&self, key: &T::Key, horizon: u32) -> Option<Handle<T>> {
        self.store.fresh(key, horizon)
    }

    /// Returns `true` if an object has this key.
    pub(crate) fn is_in_memory<T: Entity>(&self, key: &T::Key) -> bool {
        self.store.arena::<T>().is_some_and(|arena| arena.find(key).is_some())
    }

    /// Returns the slot of the object that a handle references, if it is still there.
    pub(crate) fn handle_slot(&self, handle: RawHandle, target: usize) -> Option<u32> {
        self.store.handle_slot(handle, target)
    }

    /// Returns the slot of the object that a reference points to, if it is in memory.
    pub(crate) fn target_slot(&self, reference: Reference<'_>, target: usize) -> Option<u32> {
        self.store.target_slot(reference, target)
    }

    /// Returns the slot of the object that a foreign key of an object references, if it is in
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

    /// Returns the objects of these entities that are in memory now.
    pub(crate) fn known(&self, entities: &[&'static EntityMeta]) -> ObjectSet {
        self.store.known(entities)
    }

    /// Returns the objects of the same entities that have come since, one entity after another.
    pub(crate) fn added_since(&self, known: &ObjectSet) -> Vec<(usize, Vec<SlotRef>)> {
        self.store.added_since(known)
    }
}

/// The ages of facts.
impl IdentityMap {
    /// Returns the age of facts that are read now.
    pub(crate) fn age(&self) -> u32 {
        self.store.age()
    }

    /// Returns the horizon of readers: facts that are older are stale.
    pub(crate) fn horizon(&self) -> u32 {
        self.store.horizon()
    }

    /// Returns the horizon of facts that decide a write: the beginning of the transaction.
    pub(crate) fn write_horizon(&self) -> u32 {
        self.store.write_horizon()
    }

    /// Returns `true` if an object was read, or written, no earlier than a horizon, or is new.
    pub(crate) fn is_current<T: Entity>(&self, handle: Handle<T>, horizon: u32) -> bool {
        self.store.is_current(handle, horizon)
    }

    /// Returns the stored objects that are too old to decide a write.
    pub(crate) fn stale_for_write(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.stale_for_write(entity, slots)
    }

    /// Returns how the rows of a query for an entity enter the map now. Objects older than the
    /// horizon take the new values. With [`READ_ALL`](crate::map::READ_ALL) all objects take them,
    /// and lose their edits.
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

    /// Runs the hooks of all objects with pending changes. Returns the first object that may not be
    /// written, by entity and slot.
    pub(crate) fn prepare(&mut self) -> Result<(), (usize, u32, ValidationError)> {
        self.store.prepare()
    }

    /// Forgets which objects were accessed and which were pending, after a successful flush.
    /// Objects that were accessed but not changed are clean.
    pub(crate) fn clear_unchanged(&mut self) {
        self.store.each_arena(|arena| arena.clear_unchanged());
    }

    /// Records that something was written in the innermost transaction scope.
    pub(crate) fn note_written(&mut self, how: Written) {
        self.store.note_written(how);
    }

    /// Returns the stored objects with the keys of these objects, which were just inserted.
    pub(crate) fn former_holders(&self, entity: usize, inserted: &[u32]) -> Vec<u32> {
        self.store.former_holders(entity, inserted)
    }

    /// Returns `true` if an entity has stored objects that were last read before the open
    /// transaction.
    pub(crate) fn has_older<F: Entity<Root = F>>(&self) -> bool {
        self.store.has_older::<F>()
    }

    /// Makes objects of earlier transactions unproven if they have the key of one of these rows,
    /// which were inserted and are not in the map. The row of such an object must be read before
    /// the object is written.
    pub(crate) fn doubt_holders<F: Entity<Root = F>>(&mut self, rows: &Arena<F>) {
        self.store.doubt_holders(rows);
    }

    /// Makes an object transient because its row is gone.
    pub(crate) fn give_up<T: Entity>(&mut self, handle: Handle<T>) {
        self.arena_mut::<T>().give_up(handle.raw().slot);
    }

    /// Sets whether the session reads rows to prove what was read before.
    pub(crate) fn set_proving(&mut self, proving: bool) {
        self.store.set_proving(proving);
    }

    /// Returns `true` if it is unknown for some objects whether their rows exist.
    pub(crate) fn has_unproven(&self) -> bool {
        self.store.has_unproven()
    }

    /// Returns the objects among these whose rows are unproven.
    pub(crate) fn unproven_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.unproven_among(entity, slots)
    }

    /// Returns the objects among these that are marked for deletion.
    pub(crate) fn deletions_among(&self, entity: usize, slots: &[u32]) -> Vec<u32> {
        self.store.deletions_among(entity, slots)
    }

    /// Makes the objects among these transient whose rows were not found. Returns the first that
    /// has edits.
    pub(crate) fn give_up_unproven(&mut self, entity: usize, slots: &[u32]) -> Option<u32> {
        self.store.give_up_unproven(entity, slots)
    }
}
