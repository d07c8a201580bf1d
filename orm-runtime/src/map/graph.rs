//! The graph: the identity map as a store, with references and collections above it.
//!
//! [`IdentityMap`] is declared here, because everything that changes objects together with
//! collections is here: reading and filling collections, keys along references, cascades. Its
//! public API is in `map/identity.rs`. The objects themselves are in the [`Store`], which this part
//! uses by its methods.

mod add_objects;
mod bringing;
mod cascade;
mod cascade_log;
mod collection_index;
mod collection_state;
mod copy_graph;
mod database_cascades;
mod entity_objects;
mod fill_collections;
mod fix_up;
mod key_propagation;
mod leave_collections;
mod paired_references;
mod propagated_keys;
mod proving;
mod reachable;
mod read_collections;
mod references_by_key;
mod related;
mod scope_ends;
mod stale_collections;
mod stored;

use super::store::{Arena, ErasedArena, Store};
use crate::handle::Handle;
use crate::mapping::{Entity, EntityMeta};
pub(crate) use cascade::{ReferencingIndex, ReferencingKey, is_owned, switched};
use cascade_log::CascadeLog;
use collection_state::Collections;
pub(crate) use collection_state::Loaded;
pub(crate) use database_cascades::DatabaseCascade;
pub use entity_objects::entity_meta;
use entity_objects::new_arena;
use propagated_keys::PropagatedKeys;
pub use reachable::AnyHandle;
pub(crate) use references_by_key::ByKey;
pub use related::{CollectionIter, OptionalForeignKey};

/// The objects of a session: one object for each row. It works in memory only.
///
/// A [`Session`](crate::Session) dereferences to its map. The signature of a function that takes
/// `&IdentityMap` proves that the function cannot send SQL.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// fn shout(map: &IdentityMap, user: Handle<User>) -> String {
///     map[user].name.to_uppercase()
/// }
///
/// let ada = session.add(User::builder().name("ada").build());
/// assert_eq!(shout(&session, ada), "ADA");
/// # Ok(()) }
/// ```
pub struct IdentityMap {
    /// The objects.
    store: Store,
    /// The collections of objects.
    collections: Collections,
    /// The keys that the running flush has set.
    propagated: PropagatedKeys,
    /// The cascades of the running flush.
    cascade_log: CascadeLog,
}

impl IdentityMap {
    /// Creates an empty map. A session creates its map itself; a separate map is useful to try out
    /// a plan.
    #[allow(clippy::new_without_default, reason = "each map has an identity; no default is meant")]
    pub fn new() -> Self {
        IdentityMap {
            store: Store::new(),
            collections: Collections::default(),
            propagated: PropagatedKeys::default(),
            cascade_log: CascadeLog::default(),
        }
    }

    /// Returns the arena of an entity, and creates it at its first use.
    pub(crate) fn arena_mut<T: Entity>(&mut self) -> &mut Arena<T::Root> {
        if self.store.arena_dyn(T::entity_index()).is_none() {
            self.open_arena(T::META);
        }
        match self.store.arena_mut::<T>() {
            Some(arena) => arena,
            None => unreachable!("an entity has the number of the arena of its hierarchy"),
        }
    }

    /// Returns the arena of an entity without its type, and creates it at its first use.
    pub(crate) fn arena_dyn_of(&mut self, meta: &'static EntityMeta) -> &mut dyn ErasedArena {
        let entity = meta.entity.index();
        if self.store.arena_dyn(entity).is_none() {
            self.open_arena(meta);
        }
        match self.store.arena_dyn_mut(entity) {
            Some(arena) => arena,
            None => unreachable!("the arena has just been created"),
        }
    }

    /// Creates the arena of an entity, and the indexes of the collections that its objects can be
    /// in.
    #[cold]
    fn open_arena(&mut self, meta: &'static EntityMeta) {
        let entity = meta.entity.index();
        if !meta.foreign_keys.is_empty() {
            self.collections.register(meta);
        }
        self.store.add_arena(entity, new_arena(meta.entity, self.store.open_scopes()));
        if self.has_readable_collections(entity)
            && let Some(arena) = self.store.arena_dyn_mut(entity)
        {
            arena.watch();
        }
    }

    /// Returns an object for changes. Fixes up the object that was accessed before it, and keeps a
    /// snapshot of the row. Returns `None` if the object of the handle is gone.
    pub(crate) fn touch<T: Entity>(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let raw = handle.raw();
        if raw.map != self.store.id() {
            return None;
        }
        if !T::META.foreign_keys.is_empty() {
            self.before_touch(T::entity_index(), raw.slot);
        }
        T::view_mut(self.arena_mut::<T>().touch(raw.slot, raw.generation)?)
    }
}
