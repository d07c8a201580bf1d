//! An object comes into the map: its collections are told whose they are, and give what they hold.

use std::fmt;

use super::handle::{Handle, RawHandle};
use super::identity::IdentityMap;
use super::table::Table;
use crate::backend::Fragment;
use crate::mapping::{
    Entity, EntityMeta, HasMany, HasOne, MadeAssociation, ManyToMany, Place, Reference, Related,
};

/// What a collection brought with it, to be done when its owner is in the map.
pub(super) type Given = Box<dyn FnOnce(&mut IdentityMap)>;

/// The owner of collections, on its way into the map.
pub struct Placing<'g> {
    owner: RawHandle,
    meta: &'static EntityMeta,
    given: &'g mut Vec<Given>,
}

impl<'g> Placing<'g> {
    pub(super) fn new(
        owner: RawHandle,
        meta: &'static EntityMeta,
        given: &'g mut Vec<Given>,
    ) -> Self {
        Placing { owner, meta, given }
    }

    fn place(&self, relationship: usize) -> Place {
        Place { owner: self.owner, relationship: &self.meta.relationships[relationship] }
    }

    /// A collection of the objects that refer to the owner.
    pub fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        let place = self.place(relationship);
        let given = field.place(place);
        self.refer(place, given);
    }

    /// The one object that refers to the owner.
    pub fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        let place = self.place(relationship);
        let given = field.place(place);
        self.refer(place, given);
    }

    /// A collection behind an association table that is made for the program.
    pub fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        let owner = self.owner;
        for related in field.place(self.place(R::POSITION)) {
            self.given.push(Box::new(move |map| {
                let target = match related {
                    Related::New(object) => map.add(object),
                    Related::Known(handle) => handle,
                };
                map.connect::<R>(owner, target.raw());
            }));
        }
    }

    /// A collection behind an association that is an entity of the program: what connects has to be
    /// added as an object of it.
    pub fn through_entity<T: Entity, K>(
        &mut self,
        field: &mut ManyToMany<T, K>,
        relationship: usize,
    ) {
        field.place(self.place(relationship));
    }

    fn refer<T: Entity>(&mut self, place: Place, given: Vec<Related<T>>) {
        let owner = Reference { link: Some(place.owner), key: None };
        let foreign_key = place.relationship.foreign_key;
        for related in given {
            self.given.push(Box::new(move |map| match related {
                Related::New(mut object) => {
                    object.set_reference(foreign_key, owner);
                    map.add(object);
                }
                Related::Known(handle) => {
                    if let Some(object) = map.touch(handle) {
                        object.set_reference(foreign_key, owner);
                    }
                }
            }));
        }
    }
}

impl fmt::Debug for Placing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Placing").field(&self.meta.name).finish()
    }
}

impl IdentityMap {
    /// Adds a new object, and what its collections bring with it.
    pub(crate) fn add<T: Entity>(&mut self, object: T) -> Handle<T> {
        self.settle_entity(T::entity_index());
        let (id, age) = (self.id(), self.age());
        let arena = self.arena_mut::<T>();
        let slot = arena.add(object, age);
        let raw = RawHandle { slot, generation: arena.generation(slot), map: id };
        let handle = Handle::from_raw(raw);
        if T::HAS_COLLECTIONS {
            let mut given = Vec::new();
            arena.place(slot, id, &mut given);
            // What was given gives more in turn, each in a call of its own; the nesting of literals
            // is that of the source text.
            for bring in given {
                bring(self);
            }
        }
        if !T::META.foreign_keys.is_empty() {
            self.arrived(T::entity_index(), slot);
        }
        handle
    }

    /// Adds the object that connects two others.
    pub(crate) fn connect<R: MadeAssociation>(&mut self, source: RawHandle, target: RawHandle) {
        let mut row = R::connect();
        row.set_reference(R::TO_SOURCE, Reference { link: Some(source), key: None });
        row.set_reference(R::TO_TARGET, Reference { link: Some(target), key: None });
        self.add(row);
    }
}

/// An entity of which nothing but its metadata is at hand.
#[derive(Debug, Clone, Copy)]
pub struct EntityType {
    index: fn() -> usize,
    arena: fn(&[u32]) -> Box<dyn Table>,
    scopes: fn() -> Vec<Box<dyn Fragment>>,
}

impl EntityType {
    /// The type of an entity.
    pub const fn of<T: Entity>() -> Self {
        EntityType {
            index: T::entity_index,
            arena: |levels| Box::new(super::arena::Arena::<T>::new(levels.iter().copied())),
            scopes: || (0..T::SCOPES).filter_map(T::scope).collect(),
        }
    }

    /// The number of the entity in the process.
    pub(crate) fn index(self) -> usize {
        (self.index)()
    }

    /// The conditions of all default scopes.
    pub(crate) fn scopes(self) -> Vec<Box<dyn Fragment>> {
        (self.scopes)()
    }

    /// An empty arena, in a map with open levels that began at these ages.
    pub(super) fn new_arena(self, levels: &[u32]) -> Box<dyn Table> {
        (self.arena)(levels)
    }
}
