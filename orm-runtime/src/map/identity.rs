//! The public API of the identity map: reading objects, their keys and their states.

use std::fmt;
use std::ops::Index;

use super::graph::IdentityMap;
use super::store::{ObjectState, SlotHeader, State};
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::mapping::{ColumnSet, Entity, IntoKey, Tracked};

impl IdentityMap {
    /// Returns the object with this key if it is in memory, stale or not. Sends no SQL.
    pub fn find<T: Entity>(&self, key: impl IntoKey<T::Key>) -> Option<Handle<T>> {
        let arena = self.arena::<T>()?;
        let slot = arena.find(&key.into_key())?;
        arena.holds::<T>(slot).then(|| self.handle(slot))
    }

    /// Returns the object of a handle, or `None` if it is gone or belongs to another session. Sends
    /// no SQL.
    #[inline]
    pub fn try_get<T: Entity>(&self, handle: Handle<T>) -> Option<&T> {
        self.object(handle)
    }

    /// Returns the key of an object, or `None` while the database has not generated it. Sends no
    /// SQL.
    pub fn key<T: Entity>(&self, handle: Handle<T>) -> Option<T::Key> {
        self.try_get(handle)?.key()
    }

    /// Returns the handles of all objects of an entity, in the order in which they came into the
    /// session. New objects are included, deleted ones are not. Sends no SQL.
    pub fn handles<T: Entity>(&self) -> Vec<Handle<T>> {
        let Some(arena) = self.arena::<T>() else { return Vec::new() };
        arena.present_as::<T>().map(|slot| self.handle(slot)).collect()
    }

    /// Returns the state of an object. Sends no SQL.
    pub fn state<T: Entity>(&self, handle: Handle<T>) -> ObjectState {
        if self.try_get(handle).is_none() {
            return ObjectState::Detached;
        }
        self.header(handle).map_or(ObjectState::Detached, |header| header.state().into())
    }

    /// Returns `true` if the object differs from its row: it is new, marked for deletion, or has a
    /// changed column. Sends no SQL.
    pub fn is_dirty<T: Entity>(&self, handle: Handle<T>) -> bool {
        match self.state(handle) {
            ObjectState::Pending => true,
            ObjectState::Persistent => !self.changed_columns(handle).is_empty(),
            ObjectState::Deleted => {
                self.header(handle).is_some_and(|header| header.state() == State::DeletePending)
            }
            _ => false,
        }
    }

    /// Returns `true` if the object was read before the last commit or
    /// [`expire`](crate::Session::expire), so that the next query that returns its row updates it.
    /// Sends no SQL.
    pub fn is_stale<T: Entity>(&self, handle: Handle<T>) -> bool {
        let is_stale = |header: SlotHeader| header.is_stored() && header.age() < self.horizon();
        self.try_get(handle).is_some() && self.header(handle).is_some_and(is_stale)
    }

    /// Returns the number of objects in memory. Sends no SQL.
    pub fn len(&self) -> usize {
        self.arenas().map(|(_, arena)| arena.len()).sum()
    }

    /// Returns `true` if no object is in memory. Sends no SQL.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the key of an object's row, if it has a row.
    pub(crate) fn stored_key<T: Entity>(&self, handle: Handle<T>) -> Option<T::Key> {
        self.arena::<T>()?.stored_key(handle.raw().slot)
    }

    /// Returns the columns of a stored object that differ from its row.
    pub(crate) fn changed_columns<T: Entity>(&self, handle: Handle<T>) -> ColumnSet {
        let Some(arena) = self.arena::<T>() else { return ColumnSet::EMPTY };
        let RawHandle { slot, generation, .. } = handle.raw();
        match (arena.live(slot, generation), arena.base(slot)) {
            (Some(object), Some(base)) if handle.raw().map == self.id() => {
                self.without_unmoved(arena, slot, object.diff(base))
            }
            _ => ColumnSet::EMPTY,
        }
    }

    /// Checks a handle for a call that needs its object. Returns the slot.
    pub(crate) fn expect<T: Entity>(&self, handle: Handle<T>) -> Result<u32> {
        let raw = handle.raw();
        let reason = if raw.map != self.id() {
            "it belongs to another session, or the session was cleared"
        } else if self.try_get(handle).is_none() {
            "its object has left the session"
        } else {
            return Ok(raw.slot);
        };
        Err(Error::InvalidHandle { entity: T::META.name, reason })
    }
}

impl fmt::Debug for IdentityMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (_, arena) in self.arenas() {
            map.entry(&arena.meta().name, &arena.len());
        }
        map.finish()
    }
}

impl<T: Entity> Index<Handle<T>> for IdentityMap {
    type Output = T;

    /// Returns the object of a handle. Sends no SQL.
    ///
    /// # Panics
    /// Panics if the object is gone or the handle belongs to another session, as a vector does if
    /// the index is out of range. [`try_get`](IdentityMap::try_get) returns `None` instead.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        match self.try_get(handle) {
            Some(object) => object,
            None => gone(self.expect(handle)),
        }
    }
}

/// Panics with the error about a handle without an object.
#[cold]
pub(crate) fn gone(why: Result<u32>) -> ! {
    match why {
        Err(error) => panic!("{error}"),
        Ok(_) => unreachable!("the object is there"),
    }
}
