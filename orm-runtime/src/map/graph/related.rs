//! Reads references and collections from the map, without SQL.

use std::collections::HashSet;
use std::fmt;

use super::IdentityMap;
use super::collection_state::Loaded;
use super::read_collections::MembersIter;
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::mapping::{
    Entity, ForeignKey, ForeignKeyField, HasMany, HasOne, Key, ManyToMany, Place,
};

impl<T: Entity, K: Key> ForeignKey<T, K> {
    /// Returns the object that it references. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::NotInMemory`] if the object is not in memory; `session.load(…)` loads it.
    /// Returns [`Error::NotFound`] if a load in this transaction has found no such row, or if a
    /// default scope hides it.
    #[inline]
    pub fn get<'m>(&self, map: &'m IdentityMap) -> Result<&'m T> {
        if let Some(link) = self.raw_handle()
            && let Some(object) = map.linked::<T>(link)
        {
            return Ok(object);
        }
        self.get_by_key(map)
    }

    #[inline(never)]
    fn get_by_key<'m>(&self, map: &'m IdentityMap) -> Result<&'m T> {
        let handle = self.handle(map)?;
        map.try_get(handle).ok_or_else(|| self.absent(map))
    }

    /// Returns the handle of the object that it references. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`get`](Self::get).
    pub fn handle(&self, map: &IdentityMap) -> Result<Handle<T>> {
        self.target_in(map).map(|slot| map.handle(slot)).ok_or_else(|| self.absent(map))
    }

    /// Returns `true` if the object that it references is in memory. Sends no SQL.
    pub fn is_loaded(&self, map: &IdentityMap) -> bool {
        self.target_in(map).is_some()
    }

    /// Returns the slot of the object that it references, if the object is in memory and a `T`.
    fn target_in(&self, map: &IdentityMap) -> Option<u32> {
        let slot = map.target_slot(self.reference(), T::entity_index())?;
        map.arena::<T>()?.holds::<T>(slot).then_some(slot)
    }

    #[cold]
    fn absent(&self, map: &IdentityMap) -> Error {
        if self.reference().new.is_some() && self.raw_handle().is_none() {
            return Error::InvalidState {
                entity: T::META.name,
                key: None,
                action: "read by a reference",
                reason: "it is new, and the next flush adds it: pass it to add() first, and its \
                         handle to the reference",
            };
        }
        let key = self.reference().key;
        let arena = map.arena_dyn(T::entity_index());
        let was_looked_for = key
            .zip(arena)
            .is_some_and(|(key, arena)| arena.is_absent(key, T::META.subtype, map.horizon()));
        let (entity, key) = (T::META.name, ForeignKey::key(self).map(|key| format!("{key:?}")));
        match was_looked_for {
            true => Error::NotFound { entity, key },
            false => Error::NotInMemory { entity, key },
        }
    }
}

/// Reads a reference that may be NULL.
pub trait OptionalForeignKey<T: Entity, K> {
    /// Returns the object that it references, or `None` if it is NULL. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`ForeignKey::get`].
    fn get<'m>(&self, map: &'m IdentityMap) -> Result<Option<&'m T>>;

    /// Returns the handle of the object that it references, or `None` if it is NULL. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`ForeignKey::get`].
    fn handle(&self, map: &IdentityMap) -> Result<Option<Handle<T>>>;

    /// Returns the key of the object that it references, or `None` if it is NULL or the database
    /// has not generated the key yet. Sends no SQL.
    fn key(&self) -> Option<&K>;

    /// Returns `true` if the object that it references is in memory, or if it is NULL. Sends no
    /// SQL.
    fn is_loaded(&self, map: &IdentityMap) -> bool;
}

impl<T: Entity, K: Key> OptionalForeignKey<T, K> for Option<ForeignKey<T, K>> {
    fn get<'m>(&self, map: &'m IdentityMap) -> Result<Option<&'m T>> {
        self.as_ref().map(|reference| reference.get(map)).transpose()
    }

    fn handle(&self, map: &IdentityMap) -> Result<Option<Handle<T>>> {
        self.as_ref().map(|reference| reference.handle(map)).transpose()
    }

    fn key(&self) -> Option<&K> {
        self.as_ref().and_then(ForeignKey::key)
    }

    fn is_loaded(&self, map: &IdentityMap) -> bool {
        self.as_ref().is_none_or(|reference| reference.is_loaded(map))
    }
}

impl IdentityMap {
    /// Returns the object of the handle in a reference.
    #[inline]
    fn linked<T: Entity>(&self, link: RawHandle) -> Option<&T> {
        if link.map != self.id() {
            return None;
        }
        T::view(self.arena::<T>()?.live(link.slot, link.generation)?)
    }
}

/// The objects of a collection, in order; see [`HasMany::iter`].
pub struct CollectionIter<'m, T: Entity> {
    map: &'m IdentityMap,
    slots: Slots<'m>,
    entity: std::marker::PhantomData<fn() -> T>,
}

enum Slots<'m> {
    None,
    CollectionState(MembersIter<'m>),
    Found(std::vec::IntoIter<u32>),
}

impl Iterator for Slots<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Slots::None => None,
            Slots::CollectionState(members) => members.next(),
            Slots::Found(found) => found.next(),
        }
    }
}

impl<'m, T: Entity> CollectionIter<'m, T> {
    /// Returns the handles of the objects.
    pub fn handles(self) -> impl Iterator<Item = Handle<T>> + use<'m, T> {
        let map = self.map;
        self.slots.map(move |slot| map.handle(slot))
    }
}

impl<'m, T: Entity> Iterator for CollectionIter<'m, T> {
    type Item = &'m T;

    fn next(&mut self) -> Option<&'m T> {
        let slot = self.slots.next()?;
        T::view(self.map.arena::<T>()?.at(slot)?)
    }
}

impl<T: Entity> fmt::Debug for CollectionIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CollectionIter").field(&T::META.name).finish()
    }
}

/// Reads the objects of a collection whose owner is in the map.
fn read<'m, T: Entity>(
    place: Option<Place>,
    map: &'m IdentityMap,
    part: bool,
) -> Result<CollectionIter<'m, T>> {
    let Some(place) = place else {
        let reason = "the collection belongs to no session: its owner is not in one, or it was \
                      assigned to an object of a session; use session.replace(…) for that";
        return Err(Error::InvalidHandle { entity: T::META.name, reason });
    };
    let source = (place.relationship.source)();
    let Some(owner) = place.owner_in(map) else {
        let reason = "the owner of the collection has left the session";
        return Err(Error::InvalidHandle { entity: source.name, reason });
    };
    let not_loaded = || Error::NotLoaded {
        entity: source.name,
        module: source.module,
        field: place.relationship.name,
        query_call: "eager",
    };
    match map.collection_loaded(place.relationship, owner) {
        Loaded::Full if !part => {}
        Loaded::Partial if part => {}
        Loaded::Full if map.has_part(place.relationship, owner) => {}
        Loaded::Partial => {
            return Err(Error::LoadedInPart {
                entity: source.name,
                module: source.module,
                field: place.relationship.name,
            });
        }
        _ => return Err(not_loaded()),
    }
    let members = map.members(place.relationship, owner, part);
    let slots = match (members, place.relationship.association) {
        (None, _) => Slots::None,
        (Some(members), None) => Slots::CollectionState(members),
        (Some(members), Some(association)) => {
            let (rows, target) = ((association.entity)().entity.index(), T::entity_index());
            let mut found = Vec::new();
            // A collection has each object once, however many rows connect it.
            let mut seen = place.relationship.may_repeat().then(HashSet::new);
            for row in members {
                let slot = map.leads_to(rows, row, association.foreign_key, target);
                let arena = map.arena::<T>();
                let is_one = |slot: &u32| arena.is_some_and(|arena| arena.holds::<T>(*slot));
                let slot = slot.filter(is_one).ok_or_else(not_loaded)?;
                let header = arena.and_then(|arena| arena.header_at(slot));
                let is_there = header.is_some_and(|header| !header.state().is_deleted());
                if is_there && seen.as_mut().is_none_or(|seen| seen.insert(slot)) {
                    found.push(slot);
                }
            }
            Slots::Found(found.into_iter())
        }
    };
    Ok(CollectionIter { map, slots, entity: std::marker::PhantomData })
}

macro_rules! collections {
    ($($name:ident),*) => {$(
        impl<T: Entity, K> $name<T, K> {
            /// Returns the objects in the collection, in the order in which they were loaded, new
            /// ones last. These are always the objects whose references point to the owner, unsaved
            /// edits included. Sends no SQL.
            ///
            /// # Errors
            /// Returns [`Error::NotLoaded`] if the collection is not loaded; the error names the
            /// call that loads it. Returns [`Error::LoadedInPart`] if only [a part](Self::part) of
            /// it is loaded, and [`Error::InvalidHandle`] if the owner is not in a session.
            pub fn iter<'m>(&self, map: &'m IdentityMap) -> Result<CollectionIter<'m, T>> {
                read(self.placed(), map, false)
            }

            /// Returns the number of objects in the collection. Sends no SQL.
            ///
            /// # Errors
            /// Returns the errors of [`iter`](Self::iter).
            pub fn len(&self, map: &IdentityMap) -> Result<usize> {
                Ok(self.iter(map)?.slots.count())
            }

            /// Returns `true` if the collection is empty. Sends no SQL.
            ///
            /// # Errors
            /// Returns the errors of [`iter`](Self::iter).
            pub fn is_empty(&self, map: &IdentityMap) -> Result<bool> {
                Ok(self.iter(map)?.slots.next().is_none())
            }

            /// Returns the object at a position, counted from 0. Sends no SQL.
            ///
            /// # Errors
            /// Returns the errors of [`iter`](Self::iter).
            pub fn get<'m>(&self, map: &'m IdentityMap, place: usize) -> Result<Option<&'m T>> {
                Ok(self.iter(map)?.nth(place))
            }

            /// Returns the handles of the objects. Sends no SQL.
            ///
            /// # Errors
            /// Returns the errors of [`iter`](Self::iter).
            pub fn handles(&self, map: &IdentityMap) -> Result<Vec<Handle<T>>> {
                Ok(self.iter(map)?.handles().collect())
            }

            /// Returns the part of the collection that the last load with a filter or a limit has
            /// found. The session never treats a part as the whole collection. Sends no SQL.
            ///
            /// # Errors
            /// Returns [`Error::NotLoaded`] if no part is loaded, and [`Error::InvalidHandle`] if
            /// the owner is not in a session.
            pub fn part<'m>(&self, map: &'m IdentityMap) -> Result<CollectionIter<'m, T>> {
                read(self.placed(), map, true)
            }
        }
    )*};
}

collections!(HasMany, ManyToMany);

impl<T: Entity, K> HasOne<T, K> {
    /// Returns the object, or `None` if no object references the owner. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`HasMany::iter`].
    pub fn get<'m>(&self, map: &'m IdentityMap) -> Result<Option<&'m T>> {
        Ok(read(self.placed(), map, false)?.next())
    }

    /// Returns the handle of the object, or `None` if no object references the owner. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`HasMany::iter`].
    pub fn handle(&self, map: &IdentityMap) -> Result<Option<Handle<T>>> {
        Ok(read(self.placed(), map, false)?.handles().next())
    }

    /// Returns the object if it matched the last load with a filter. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`HasMany::part`].
    pub fn part<'m>(&self, map: &'m IdentityMap) -> Result<Option<&'m T>> {
        Ok(read(self.placed(), map, true)?.next())
    }
}

macro_rules! loaded {
    ($($name:ident),*) => {$(
        impl<T: Entity, K> $name<T, K> {
            /// Returns `true` if the whole collection is in memory. Sends no SQL.
            pub fn is_loaded(&self, map: &IdentityMap) -> bool {
                self.placed().is_some_and(|place| {
                    place.owner_in(map).is_some_and(|owner| {
                        map.collection_loaded(place.relationship, owner) == Loaded::Full
                    })
                })
            }
        }
    )*};
}

loaded!(HasMany, HasOne, ManyToMany);
