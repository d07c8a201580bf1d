//! Views of the objects of one entity.

use std::fmt;
use std::ops::Index;

use super::graph::IdentityMap;
use super::identity::gone;
use super::store::Chunks;
use crate::handle::{Handle, MapId};
use crate::mapping::{Entity, ForeignKey, ForeignKeyField, Key};

/// The objects of one entity; see [`IdentityMap::objects`].
pub struct Objects<'m, T: Entity> {
    map: &'m IdentityMap,
    /// The number of the map, which each read compares with the handle.
    id: MapId,
    chunks: Chunks<'m, T::Root>,
}

impl IdentityMap {
    /// Returns the objects of one entity, for a loop over many of them: the entity is looked up
    /// once instead of at each read. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, age: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # let users = session.add_all((1..4).map(|age| User::builder().age(age).build()));
    /// let objects = session.objects::<User>();
    /// let ages: i64 = users.iter().map(|&user| objects[user].age).sum();
    /// # assert_eq!(ages, 6);
    /// # Ok(()) }
    /// ```
    pub fn objects<T: Entity>(&self) -> Objects<'_, T> {
        Objects::new(self)
    }
}

impl<T: Entity> Clone for Objects<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Entity> Copy for Objects<'_, T> {}

impl<'m, T: Entity> Objects<'m, T> {
    pub(super) fn new(map: &'m IdentityMap) -> Self {
        let chunks = map.arena::<T>().map(|arena| arena.chunks()).unwrap_or_default();
        Objects { map, id: map.id(), chunks }
    }

    /// Returns the object of a handle, or `None` if it is gone or belongs to another session. Sends
    /// no SQL.
    #[inline]
    pub fn get(&self, handle: Handle<T>) -> Option<&'m T> {
        let raw = handle.raw();
        if raw.map != self.id {
            return None;
        }
        T::view(self.chunks.live(raw.slot, raw.generation)?)
    }

    /// Returns the object that a reference points to, or `None` if it is not in memory. Sends no
    /// SQL.
    #[inline]
    pub fn follow<K: Key>(&self, reference: &ForeignKey<T, K>) -> Option<&'m T> {
        match reference.raw_handle() {
            Some(link) => self.get(Handle::from_raw(link)).or_else(|| self.by_key(reference)),
            None => self.by_key(reference),
        }
    }

    /// Finds the object by key. This is a separate function, so that the code for each reference is
    /// small enough to be inlined in the caller's loop.
    #[inline(never)]
    fn by_key<K: Key>(&self, reference: &ForeignKey<T, K>) -> Option<&'m T> {
        let slot = self.map.target_slot(reference.reference(), T::entity_index())?;
        T::view(self.chunks.object(slot)?)
    }
}

impl<T: Entity, K: Key> Index<&ForeignKey<T, K>> for Objects<'_, T> {
    type Output = T;

    /// Returns the object that a reference points to. Sends no SQL.
    ///
    /// # Panics
    /// Panics if the object is not in memory. [`follow`](Objects::follow) returns `None` instead.
    #[inline]
    fn index(&self, reference: &ForeignKey<T, K>) -> &T {
        match self.follow(reference) {
            Some(object) => object,
            None => absent(T::META.name),
        }
    }
}

#[cold]
fn absent(entity: &str) -> ! {
    panic!("the referenced {entity} is not in memory; load it through the reference first")
}

impl<T: Entity> Index<Handle<T>> for Objects<'_, T> {
    type Output = T;

    /// Returns the object of a handle. Sends no SQL.
    ///
    /// # Panics
    /// Panics if the object is gone or the handle belongs to another session.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        match self.get(handle) {
            Some(object) => object,
            None => gone(self.map.expect(handle)),
        }
    }
}

impl<T: Entity> fmt::Debug for Objects<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects<{}>", T::META.name)
    }
}
