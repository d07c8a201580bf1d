//! The store: the objects of a map, and what is known of each of them.
//!
//! Each entity has an [`Arena`] with its objects and an index by key. The arena also holds what the
//! unit of work needs: the state of each object, snapshots of objects that were accessed mutably,
//! and for each open transaction and savepoint what a rollback restores. Ages decide how long a
//! fact is current.
//!
//! The store has no relationships: a reference is a field of an object here, and collections belong
//! to the graph, which uses the store by its methods.

mod ages;
mod arena;
mod arena_flush;
mod arena_state;
mod cohorts;
mod decoding;
mod erased;
mod facts;
mod given_up;
mod key_holders;
mod load_row;
mod object_set;
mod open_scopes;
mod pairing;
mod place_collections;
mod row_policy;
mod slot;
mod soft_delete;
mod states;
mod subtype_checks;
mod table_keys;
mod undo_log;

use std::any::Any;

pub(crate) use ages::{BELIEVE_ALL, READ_ALL, Written};
pub(super) use ages::{FIRST, NEVER_LOADED};
pub(crate) use arena::Arena;
pub(crate) use decoding::{complete, decode_error, read_key, unread};
pub(super) use erased::Arrivals;
pub(crate) use erased::{Changes, ErasedArena, Flushed, RowValues, Rows, Unset};
pub(crate) use object_set::ObjectSet;
pub(crate) use row_policy::RowPolicy;
pub(super) use slot::{Chunks, SlotHeader, SlotRef};
pub use states::ObjectState;
pub(crate) use states::State;
pub(crate) use table_keys::{BindKey, KeyFinder, KeyList, KeysOf};
pub(super) use undo_log::BySlot;

use crate::error::ValidationError;
use crate::handle::{Handle, MapId, RawHandle};
use crate::mapping::{Entity, Reference};
use open_scopes::OpenScope;

/// The objects of a map, by entity and slot.
pub(super) struct Store {
    id: MapId,
    /// By the number of the entity.
    arenas: Vec<Option<Box<dyn ErasedArena>>>,
    /// The numbers of the entities in the order of their first use in this map. Statements of
    /// tables that do not depend on each other have this order.
    order: Vec<usize>,
    /// The current age, which grows with every commit, rollback and savepoint.
    age: u32,
    /// Objects read before this age are stale.
    horizon: u32,
    /// The open transaction and its savepoints; never empty.
    scopes: Vec<OpenScope>,
    /// `true` if the session reads rows now to prove what was read before.
    proving: bool,
    /// The number of queries that have loaded objects.
    queries: u32,
}

impl Store {
    pub(super) fn new() -> Self {
        Store {
            id: MapId::next(),
            arenas: Vec::new(),
            order: Vec::new(),
            age: FIRST,
            horizon: FIRST,
            scopes: vec![OpenScope::begin(FIRST)],
            proving: false,
            queries: 0,
        }
    }

    /// Returns the number of the map, which is part of its handles.
    #[inline]
    pub(super) fn id(&self) -> MapId {
        self.id
    }

    #[inline]
    pub(super) fn arena<T: Entity>(&self) -> Option<&Arena<T::Root>> {
        let arena: &dyn Any = &**self.arenas.get(T::entity_index())?.as_ref()?;
        arena.downcast_ref()
    }

    pub(super) fn arena_mut<T: Entity>(&mut self) -> Option<&mut Arena<T::Root>> {
        let arena: &mut dyn Any = self.arena_dyn_mut(T::entity_index())?;
        arena.downcast_mut()
    }

    pub(super) fn arena_dyn(&self, entity: usize) -> Option<&dyn ErasedArena> {
        self.arenas.get(entity)?.as_deref()
    }

    pub(super) fn arena_dyn_mut(&mut self, entity: usize) -> Option<&mut dyn ErasedArena> {
        match self.arenas.get_mut(entity)? {
            Some(arena) => Some(&mut **arena),
            None => None,
        }
    }

    /// Adds an arena for an entity that has none.
    pub(super) fn add_arena(&mut self, entity: usize, arena: Box<dyn ErasedArena>) {
        if self.arenas.len() <= entity {
            self.arenas.resize_with(entity + 1, || None);
        }
        self.order.push(entity);
        self.arenas[entity] = Some(arena);
    }

    /// Returns all arenas, in the order of first use.
    pub(super) fn arenas(&self) -> impl Iterator<Item = (usize, &dyn ErasedArena)> {
        self.order.iter().filter_map(|&entity| Some((entity, self.arena_dyn(entity)?)))
    }

    pub(super) fn each_arena(&mut self, mut change: impl FnMut(&mut dyn ErasedArena)) {
        for arena in self.arenas.iter_mut().flatten() {
            change(&mut **arena);
        }
    }

    /// Returns `true` if objects have lost keys since the last call.
    pub(super) fn take_lost_keys(&mut self) -> bool {
        let mut lost = false;
        self.each_arena(|arena| lost |= arena.take_lost_keys());
        lost
    }

    /// Returns the entities that have arenas, in the order of first use.
    pub(super) fn entities(&self) -> Vec<usize> {
        self.order.clone()
    }

    /// Returns `true` if nothing is pending.
    pub(super) fn is_clean(&self) -> bool {
        self.arenas.iter().flatten().all(|arena| arena.is_clean())
    }

    /// Runs the hooks of all objects with pending changes. Returns the first object that may not be
    /// written, by entity and slot.
    pub(super) fn prepare(&mut self) -> Result<(), (usize, u32, ValidationError)> {
        let id = self.id;
        for n in 0..self.order.len() {
            let entity = self.order[n];
            if let Some(arena) = self.arena_dyn_mut(entity) {
                arena.prepare(id).map_err(|(slot, invalid)| (entity, slot, invalid))?;
            }
        }
        Ok(())
    }

    /// Returns the object of a handle, or `None` if it is gone or belongs to another map.
    #[inline]
    pub(super) fn try_get<T: Entity>(&self, handle: Handle<T>) -> Option<&T> {
        let raw = handle.raw();
        if raw.map != self.id {
            return None;
        }
        T::view(self.arena::<T>()?.live(raw.slot, raw.generation)?)
    }

    /// Returns the header of an object in memory.
    #[inline]
    pub(super) fn header<T: Entity>(&self, slot: u32) -> Option<SlotHeader> {
        self.arena::<T>()?.header_at(slot)
    }

    /// Returns the handle of a slot.
    #[inline]
    pub(super) fn handle<T: Entity>(&self, slot: u32) -> Handle<T> {
        let generation = self.arena::<T>().map_or(0, |arena| arena.generation(slot));
        Handle::from_raw(RawHandle { slot, generation, map: self.id })
    }

    /// Returns the handle of a slot of any entity.
    pub(super) fn raw_handle(&self, entity: usize, slot: u32) -> Option<RawHandle> {
        let generation = self.arena_dyn(entity)?.header(slot)?.generation();
        Some(RawHandle { slot, generation, map: self.id })
    }

    /// Returns the object with this key if it is in memory and no older than a horizon, so that it
    /// need not be read again.
    #[inline]
    pub(super) fn fresh<T: Entity>(&self, key: &T::Key, horizon: u32) -> Option<Handle<T>> {
        let arena = self.arena::<T>()?;
        let slot = arena.find(key)?;
        let header = arena.header_at(slot)?;
        (header.age() >= horizon && arena.holds::<T>(slot)).then(|| {
            Handle::from_raw(RawHandle { slot, generation: header.generation(), map: self.id })
        })
    }

    /// Returns the slot of the object that a handle references, if it is still there.
    pub(super) fn handle_slot(&self, handle: RawHandle, target: usize) -> Option<u32> {
        let header = self.arena_dyn(target)?.header(handle.slot)?;
        (handle.map == self.id && header.generation() == handle.generation).then_some(handle.slot)
    }

    /// Returns the slot of the object that a reference points to, if it is in memory.
    pub(super) fn target_slot(&self, reference: Reference<'_>, target: usize) -> Option<u32> {
        if reference.is_null() {
            return None;
        }
        let linked = reference.handle.and_then(|handle| self.handle_slot(handle, target));
        linked.or_else(|| self.arena_dyn(target)?.find_key(reference.key?))
    }

    /// Returns the slot of the object that a foreign key of an object references, if it is in
    /// memory.
    pub(super) fn leads_to(
        &self,
        entity: usize,
        slot: u32,
        foreign_key: usize,
        target: usize,
    ) -> Option<u32> {
        self.target_slot(self.arena_dyn(entity)?.reference(slot, foreign_key), target)
    }

    /// Forgets all objects. The map takes a new number, so that old handles find nothing.
    pub(super) fn clear(&mut self) {
        self.id = MapId::next();
        self.each_arena(|arena| arena.clear());
    }
}
