//! How long a fact is current: one rule, in one place.
//!
//! A fact is something that a statement has read: the columns of an object, the objects in a
//! collection, the absence of a row with some key. Each fact has the age of the map at which it was
//! read. It is current as long as the transaction or savepoint in which it was read:
//!
//! - For a *reader*, facts are current back to the *horizon*. The horizon moves when a transaction
//!   ends (unless the session keeps objects across transactions) and when everything is expired.
//! - A *decision about a write* (which objects are deleted with another one, which are orphans,
//!   what a collection lacks) needs facts of the transaction itself.
//! - Facts that were read inside a scope are stale after the scope was undone.
//!
//! When an object becomes stale, its collections become stale too
//! (`map/graph/stale_collections.rs`). An edit is not a fact: it neither refreshes an object nor
//! protects its other columns. A column that is set back to the value of its row is not an edit:
//! the object then is as it was before, and stays out of a collection that was loaded without it.
//!
//! What the session reads on its own, to decide a write, is not what the user has seen. An object
//! with pending changes keeps the version that they were made to
//! (`map/store/load_row.rs`), so that the flush finds out if someone else has changed the row.

use super::Store;
use super::ages::{FIRST, READ_ALL};
use super::row_policy::RowPolicy;
use super::slot::MAX_AGE;
use crate::handle::Handle;
use crate::mapping::{ColumnSet, Entity, EntityMeta};

impl Store {
    /// Returns the age of facts that are read now.
    pub(crate) fn age(&self) -> u32 {
        self.age
    }

    /// Returns the horizon of readers: facts that are older are stale.
    pub(crate) fn horizon(&self) -> u32 {
        self.horizon
    }

    /// Returns the horizon of facts that decide a write: the beginning of the transaction.
    pub(crate) fn write_horizon(&self) -> u32 {
        self.scopes.first().map_or(self.horizon, |scope| scope.began().max(self.horizon))
    }

    /// Returns the age at which the transaction began.
    pub(crate) fn transaction_began(&self) -> u32 {
        self.scopes.first().map(|scope| scope.began()).unwrap_or_default()
    }

    /// Returns `true` if an object was read, or written, no earlier than a horizon, or is new.
    pub(crate) fn is_current<T: Entity>(&self, handle: Handle<T>, horizon: u32) -> bool {
        let header =
            self.arena_dyn(T::entity_index()).and_then(|arena| arena.header(handle.raw().slot));
        header.is_some_and(|header| header.is_pending() || header.age() >= horizon)
    }

    /// Returns the stored objects that are too old to decide a write.
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

    /// Makes every object stale that is older than the map is now. This sends no SQL; the next read
    /// loads them again.
    pub(crate) fn move_horizon(&mut self) {
        self.horizon = self.age;
    }

    /// Makes objects stale.
    pub(crate) fn expire_objects(&mut self, entity: usize, slots: &[u32]) {
        if let Some(arena) = self.arena_dyn_mut(entity) {
            slots.iter().for_each(|&slot| arena.expire(slot));
        }
    }

    /// Makes stale what was read of objects at this age or later.
    pub(crate) fn disbelieve_objects_since(&mut self, began: u32) {
        self.each_arena(|arena| arena.disbelieve_since(began));
    }

    /// Increases the age of the map. Returns `true` if the ages have started again from the first,
    /// which makes everything stale. This happens after 67 million transactions.
    #[must_use]
    pub(crate) fn grow_older(&mut self) -> bool {
        let begin_again = self.age + 1 >= MAX_AGE;
        if begin_again {
            self.disbelieve_objects_since(FIRST);
            self.scopes.iter_mut().for_each(|scope| scope.set_began(FIRST));
            self.age = FIRST;
            self.horizon = FIRST;
        }
        self.age += 1;
        begin_again
    }

    /// Returns how the rows of a new query for an entity enter the map now. Objects older than the
    /// horizon take the new values. With [`READ_ALL`] all objects take them, and lose their edits.
    pub(crate) fn row_policy(
        &mut self,
        meta: &'static EntityMeta,
        horizon: u32,
        undeferred: ColumnSet,
    ) -> RowPolicy {
        self.queries = self.queries.wrapping_add(1);
        RowPolicy {
            meta,
            width: meta.visible().count(),
            populate: horizon == READ_ALL,
            changed: false,
            undeferred,
            horizon,
            age: self.age,
            past_map: self.written_past_map(),
            proving: self.proving,
            deciding: false,
            query: self.queries,
            map: Some(self.id),
        }
    }
}
