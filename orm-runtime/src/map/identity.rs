//! The identity map: the arenas of all entities, and reading from them.

use std::any::Any;
use std::fmt;
use std::ops::Index;

use crate::error::{Error, Result, ValidationError};
use crate::handle::{Handle, MapId, RawHandle};
use crate::map::graph::cascade_log::CascadeLog;
use crate::map::graph::collection_state::Collections;
use crate::map::graph::entity_objects::new_arena;
use crate::map::graph::propagated_keys::FoundByNewKey;
use crate::map::graph::propagated_keys::PropagatedKeys;
use crate::map::store::ages::Written;
use crate::map::store::ages::{FIRST, READ_ALL};
use crate::map::store::arena::Arena;
use crate::map::store::erased::ErasedArena;
use crate::map::store::row_policy::RowPolicy;
use crate::map::store::states::{ObjectState, State};
use crate::mapping::{ColumnSet, Entity, EntityMeta, IntoKey, Tracked};

/// The objects of a session: one row, one object. Pure memory.
///
/// A [`Session`](crate::Session) dereferences to its map. A function that takes `&IdentityMap` can
/// not send SQL, and its signature proves it.
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
    pub(super) id: MapId,
    /// By the number of the entity.
    arenas: Vec<Option<Box<dyn ErasedArena>>>,
    /// The numbers of the entities in the order of their first use here, which is the order of
    /// statements between tables that do not depend on each other.
    order: Vec<usize>,
    /// Grows with every commit, rollback and savepoint.
    pub(super) age: u32,
    /// Objects read before this age are stale.
    pub(super) horizon: u32,
    /// When each open transaction scope began.
    pub(super) scopes_began: Vec<u32>,
    /// What was written in each of them.
    pub(super) written: Vec<Written>,
    /// Whether what is read now is to prove what was read before.
    pub(super) proving: bool,
    /// Grows with every query that brings objects.
    queries: u32,
    /// What is in the collections of objects.
    pub(super) collections: Collections,
    /// The keys that the running flush has given.
    pub(super) propagated: PropagatedKeys,
    /// Stored references that say meanwhile what is in the database.
    pub(super) found_by_new_key: Vec<FoundByNewKey>,
    /// What the running flush has brought about by itself.
    pub(super) cascade_log: CascadeLog,
}

impl IdentityMap {
    /// An empty map. A session makes its own; a map of one's own serves to try out a plan.
    #[allow(clippy::new_without_default, reason = "each map has an identity; no default is meant")]
    pub fn new() -> Self {
        IdentityMap {
            id: MapId::next(),
            arenas: Vec::new(),
            order: Vec::new(),
            age: FIRST,
            horizon: FIRST,
            scopes_began: vec![FIRST],
            written: vec![Written::Nothing],
            proving: false,
            queries: 0,
            collections: Collections::default(),
            propagated: PropagatedKeys::default(),
            found_by_new_key: Vec::new(),
            cascade_log: CascadeLog::default(),
        }
    }

    /// The object with this key, if it is in memory, current or stale. No SQL.
    pub fn find<T: Entity>(&self, key: impl IntoKey<T::Key>) -> Option<Handle<T>> {
        let arena = self.arena::<T>()?;
        let slot = arena.find(&key.into_key())?;
        arena.holds::<T>(slot).then(|| self.handle(slot))
    }

    /// The object of a handle, or `None` if it is gone or belongs to another session. No SQL.
    #[inline]
    pub fn try_get<T: Entity>(&self, handle: Handle<T>) -> Option<&T> {
        let raw = handle.raw();
        if raw.map != self.id {
            return None;
        }
        T::view(self.arena::<T>()?.live(raw.slot, raw.generation)?)
    }

    /// The key of an object, or `None` while the database has not made it. No SQL.
    pub fn key<T: Entity>(&self, handle: Handle<T>) -> Option<T::Key> {
        self.try_get(handle)?.key()
    }

    /// The handles of all objects of an entity, new ones included and deleted ones not, in the
    /// order they came. No SQL.
    pub fn handles<T: Entity>(&self) -> Vec<Handle<T>> {
        let Some(arena) = self.arena::<T>() else { return Vec::new() };
        arena
            .slots
            .iter()
            .filter(|(at, slot)| slot.state().is_present() && arena.holds::<T>(*at))
            .map(|(slot, _)| self.handle(slot))
            .collect()
    }

    /// The state of an object. No SQL.
    pub fn state<T: Entity>(&self, handle: Handle<T>) -> ObjectState {
        if self.try_get(handle).is_none() {
            return ObjectState::Detached;
        }
        match self.arena::<T>().and_then(|arena| arena.slots.header(handle.raw().slot)) {
            None => ObjectState::Detached,
            Some(slot) => slot.state().into(),
        }
    }

    /// Whether the object differs from its row: new, deleted or with a changed column. No SQL.
    pub fn is_dirty<T: Entity>(&self, handle: Handle<T>) -> bool {
        match self.state(handle) {
            ObjectState::Pending => true,
            ObjectState::Persistent => !self.changed_columns(handle).is_empty(),
            ObjectState::Deleted => self
                .arena::<T>()
                .and_then(|arena| arena.slots.header(handle.raw().slot))
                .is_some_and(|slot| slot.state() == State::DeletePending),
            _ => false,
        }
    }

    /// Whether the object was read before the last commit or [`expire`](crate::Session::expire), so
    /// that the next query that meets its row takes the new values. No SQL.
    pub fn is_stale<T: Entity>(&self, handle: Handle<T>) -> bool {
        self.try_get(handle).is_some()
            && self
                .arena::<T>()
                .and_then(|arena| arena.slots.header(handle.raw().slot))
                .is_some_and(|slot| slot.is_stored() && slot.age() < self.horizon)
    }

    /// How many objects are in memory. No SQL.
    pub fn len(&self) -> usize {
        self.arenas().map(|(_, arena)| arena.len()).sum()
    }

    /// Whether no object is in memory. No SQL.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of an object's row, if it has one.
    pub(crate) fn stored_key<T: Entity>(&self, handle: Handle<T>) -> Option<T::Key> {
        self.arena::<T>()?.stored_key(handle.raw().slot)
    }

    /// The columns of a stored object that differ from its row.
    pub(crate) fn changed_columns<T: Entity>(&self, handle: Handle<T>) -> ColumnSet {
        let Some(arena) = self.arena::<T>() else { return ColumnSet::EMPTY };
        let RawHandle { slot, generation, .. } = handle.raw();
        match (arena.live(slot, generation), arena.bases.get(&slot)) {
            (Some(object), Some(base)) if handle.raw().map == self.id => {
                self.without_unmoved(arena, slot, object.diff(base))
            }
            _ => ColumnSet::EMPTY,
        }
    }

    /// The number of this map, which its handles bear.
    pub(crate) fn id(&self) -> MapId {
        self.id
    }

    /// The handle of a slot.
    #[inline]
    pub(crate) fn handle<T: Entity>(&self, slot: u32) -> Handle<T> {
        let generation = self.arena::<T>().map_or(0, |arena| arena.generation(slot));
        Handle::from_raw(RawHandle { slot, generation, map: self.id })
    }

    /// The object with this key, if it is in memory and no older than a horizon, so that it need not be
    /// read again.
    #[inline]
    pub(crate) fn fresh<T: Entity>(&self, key: &T::Key, horizon: u32) -> Option<Handle<T>> {
        let arena = self.arena::<T>()?;
        let slot = arena.find(key)?;
        let header = arena.slots.header(slot)?;
        (header.age() >= horizon && arena.holds::<T>(slot)).then(|| {
            Handle::from_raw(RawHandle { slot, generation: header.generation, map: self.id })
        })
    }

    /// The handle of a slot of any entity.
    pub(crate) fn raw_handle(&self, entity: usize, slot: u32) -> Option<RawHandle> {
        let generation = self.arena_dyn(entity)?.header(slot)?.generation;
        Some(RawHandle { slot, generation, map: self.id })
    }

    #[inline]
    pub(crate) fn arena<T: Entity>(&self) -> Option<&Arena<T::Root>> {
        let table: &dyn Any = &**self.arenas.get(T::entity_index())?.as_ref()?;
        table.downcast_ref()
    }

    /// The arena of an entity, made at first use.
    pub(crate) fn arena_mut<T: Entity>(&mut self) -> &mut Arena<T::Root> {
        let table: &mut dyn Any = self.arena_dyn_of(T::META);
        match table.downcast_mut() {
            Some(arena) => arena,
            None => unreachable!("the number of an entity leads to the arena of its family"),
        }
    }

    /// The same without its type.
    pub(crate) fn arena_dyn_of(&mut self, meta: &'static EntityMeta) -> &mut dyn ErasedArena {
        let entity = meta.entity.index();
        if self.arenas.len() <= entity {
            self.arenas.resize_with(entity + 1, || None);
        }
        if self.arenas[entity].is_none() {
            self.order.push(entity);
            if !meta.foreign_keys.is_empty() {
                self.collections.register(meta);
            }
            self.arenas[entity] = Some(new_arena(meta.entity, self.scopes_began.len()));
            if self.has_readable_collections(entity)
                && let Some(table) = &mut self.arenas[entity]
            {
                table.watch();
            }
        }
        match &mut self.arenas[entity] {
            Some(table) => &mut **table,
            None => unreachable!("the arena has just been made"),
        }
    }

    pub(crate) fn arena_dyn(&self, entity: usize) -> Option<&dyn ErasedArena> {
        self.arenas.get(entity)?.as_deref()
    }

    pub(crate) fn arena_dyn_mut(&mut self, entity: usize) -> Option<&mut dyn ErasedArena> {
        match self.arenas.get_mut(entity)? {
            Some(arena) => Some(&mut **arena),
            None => None,
        }
    }

    /// All arenas, in the order of first use.
    pub(crate) fn arenas(&self) -> impl Iterator<Item = (usize, &dyn ErasedArena)> {
        self.order.iter().filter_map(|&entity| Some((entity, self.arena_dyn(entity)?)))
    }

    /// Lets the hooks of all objects that wait run. Answers the first that may not be written, by
    /// entity and slot.
    pub(crate) fn prepare(&mut self) -> Result<(), (usize, u32, ValidationError)> {
        let id = self.id;
        for n in 0..self.order.len() {
            let entity = self.order[n];
            if let Some(arena) = self.arena_dyn_mut(entity) {
                arena.prepare(id).map_err(|(slot, invalid)| (entity, slot, invalid))?;
            }
        }
        Ok(())
    }

    pub(crate) fn each_arena(&mut self, mut change: impl FnMut(&mut dyn ErasedArena)) {
        for arena in self.arenas.iter_mut().flatten() {
            change(&mut **arena);
        }
    }

    /// Checks a handle for a call that needs its object.
    pub(crate) fn expect<T: Entity>(&self, handle: Handle<T>) -> Result<u32> {
        let raw = handle.raw();
        let reason = if raw.map != self.id {
            "it belongs to another session, or the session was cleared"
        } else if self.try_get(handle).is_none() {
            "its object has left the session"
        } else {
            return Ok(raw.slot);
        };
        Err(Error::InvalidHandle { entity: T::META.name, reason })
    }

    /// The write barrier.
    pub(crate) fn touch<T: Entity>(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let raw = handle.raw();
        if raw.map != self.id {
            return None;
        }
        if !T::META.foreign_keys.is_empty() {
            self.before_touch(T::entity_index(), raw.slot);
        }
        T::view_mut(self.arena_mut::<T>().touch(raw.slot, raw.generation)?)
    }

    /// How the rows of a query for an entity enter the map now. Objects older than the horizon take the
    /// new values; with [`READ_ALL`] all of them do, and lose their edits.
    pub(crate) fn row_policy(
        &mut self,
        meta: &'static EntityMeta,
        horizon: u32,
        undeferred: ColumnSet,
    ) -> RowPolicy {
        self.queries = self.queries.wrapping_add(1);
        self.restore_unmoved(meta.entity.index());
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
            query: self.queries,
            map: Some(self.id),
        }
    }

    /// Whether nothing waits for a flush.
    pub(crate) fn is_clean(&self) -> bool {
        self.arenas.iter().flatten().all(|arena| arena.is_clean())
    }

    /// How many savepoints are open inside the transaction.
    pub(crate) fn savepoints(&self) -> usize {
        self.scopes_began.len() - 1
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

    /// The object of a handle. No SQL.
    ///
    /// # Panics
    /// When the object is gone or the handle belongs to another session, as a vector does when the
    /// index is out of range. [`try_get`](IdentityMap::try_get) answers `None` instead.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        match self.try_get(handle) {
            Some(object) => object,
            None => gone(self.expect(handle)),
        }
    }
}

/// Ends a use of a handle that leads nowhere.
#[cold]
pub(crate) fn gone(why: Result<u32>) -> ! {
    match why {
        Err(error) => panic!("{error}"),
        Ok(_) => unreachable!("the object is there"),
    }
}
