//! Handles, by which users hold objects: small, `Copy`, typed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

/// A reference to an object of a session: 12 bytes, `Copy`, typed.
///
/// It is valid only in the session that returned it, and only while the object exists. Otherwise
/// [`try_get`](crate::IdentityMap::try_get) returns `None`, and never another object. Its layout,
/// an index with a generation, is that of generational arenas.
pub struct Handle<T> {
    raw: RawHandle,
    /// A function type, so that a handle is `Send`, `Sync` and `Copy` for every `T`.
    entity: PhantomData<fn() -> T>,
}

/// A handle without its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RawHandle {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    pub(crate) map: MapId,
}

/// The identity map that a handle belongs to. Never zero, so that `Option<Handle<T>>` is 12 bytes
/// too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MapId(NonZeroU32);

impl MapId {
    /// Returns a number that no other map of the process has. The numbers repeat after four billion
    /// maps.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        MapId(NonZeroU32::new(id).unwrap_or(NonZeroU32::MAX))
    }
}

impl<T> Handle<T> {
    pub(crate) const fn from_raw(raw: RawHandle) -> Self {
        Handle { raw, entity: PhantomData }
    }

    /// Returns a handle to the same object as another entity of its hierarchy.
    #[doc(hidden)]
    pub const fn same_object<U>(self) -> Handle<U> {
        Handle::from_raw(self.raw)
    }

    pub(crate) const fn raw(self) -> RawHandle {
        self.raw
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl<T> Eq for Handle<T> {}

impl<T> PartialOrd for Handle<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Handle<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.raw.cmp(&other.raw)
    }
}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>();
        let name = name.rsplit("::").next().unwrap_or(name);
        write!(f, "Handle<{name}>({})", self.raw.slot)
    }
}
