//! Adds objects to the map, with the objects in their references and collections.

use std::collections::HashSet;
use std::fmt;

use super::IdentityMap;
use crate::handle::{Handle, RawHandle};
use crate::map::store::Arrivals;
use crate::mapping::{
    CollectionVisitor, Concrete, Content, Entity, EntityMeta, HasMany, HasOne, MadeAssociation,
    ManyToMany, Reference, Referencing, Related,
};

/// An operation on the objects of a collection, to run when its owner is in the map.
type Given = Box<dyn FnOnce(&mut IdentityMap, RawHandle)>;

/// Takes the objects out of the collections of a new object, on a visit.
struct Taking {
    meta: &'static EntityMeta,
    given: Vec<Given>,
}

impl CollectionVisitor for Taking {
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        self.referring(&mut field.content, relationship);
    }

    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        self.referring(&mut field.content, relationship);
    }

    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        // An object that is given twice is connected once.
        let mut seen = HashSet::new();
        let once = |related: &Related<R::Target>| match related {
            Related::New(_) => true,
            Related::Existing(handle) => seen.insert(handle.raw()),
        };
        let related = take(&mut field.content).into_iter().filter(once);
        self.given.extend(related.map(|related| -> Given {
            Box::new(move |map, owner| {
                let target = match related {
                    Related::New(object) => map.add(object).raw(),
                    Related::Existing(handle) => handle.raw(),
                };
                map.connect::<R>(owner, target);
            })
        }));
    }

    /// Takes nothing: such a collection needs objects of the association. The objects stay in the
    /// collection, and the flush reports an error.
    fn through_entity<T: Entity, K>(&mut self, _: &mut ManyToMany<T, K>, _: usize) {}
}

impl Taking {
    fn referring<T: Entity>(&mut self, content: &mut Content<T>, relationship: usize) {
        let foreign_key = self.meta.relationships[relationship].foreign_key;
        self.given.extend(take(content).into_iter().map(|related| -> Given {
            Box::new(move |map, owner| match related {
                Related::New(mut object) => {
                    object.set_reference(foreign_key, Reference::to(owner));
                    map.add(object);
                }
                Related::Existing(handle) => {
                    if let Some(object) = map.touch(family(handle)) {
                        object.set_reference(foreign_key, Reference::to(owner));
                    }
                }
            })
        }));
    }
}

/// Takes the objects that were given to a collection.
fn take<T: Entity>(content: &mut Content<T>) -> Vec<Related<T>> {
    match content {
        Content::Given(_) => match std::mem::replace(content, Content::Unset) {
            Content::Given(related) => related.take(),
            Content::Unset | Content::Placed(_) => Vec::new(),
        },
        Content::Unset | Content::Placed(_) => Vec::new(),
    }
}

/// Returns the handle of an object of a collection as a handle of its root.
fn family<T: Entity>(handle: Handle<T>) -> Handle<T::Root> {
    Handle::from_raw(handle.raw())
}

impl fmt::Debug for Taking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Taking").field(&self.meta.name).finish()
    }
}

impl IdentityMap {
    /// Adds an object as stored and stale.
    pub(crate) fn attach<T: Concrete>(&mut self, object: T, key: &T::Key) -> Handle<T> {
        let id = self.id();
        let past_map = self.store.written_past_map();
        let slot = self.arena_mut::<T>().attach(object.into_root(), key, id, past_map);
        self.fix_up_loaded(T::META, None);
        self.handle(slot)
    }

    /// Adds a new object, and the objects in its references and collections.
    pub(crate) fn add<T: Concrete>(&mut self, object: T) -> Handle<T> {
        Handle::from_raw(self.add_root(object.into_root()))
    }

    /// Adds a new object of the root type, in which its arena holds it.
    pub(super) fn add_root<T: Entity<Root = T>>(&mut self, mut object: T) -> RawHandle {
        self.bring_newcomers_of(&mut object);
        self.fix_up_entity(T::entity_index());
        let mut taking = Taking { meta: T::META, given: Vec::new() };
        if T::HAS_COLLECTIONS {
            object.visit_collections(&mut taking);
        }
        let (id, age) = (self.id(), self.age());
        let arena = self.arena_mut::<T>();
        let first = !arena.has_created_here();
        let slot = arena.add(object, age);
        let raw = RawHandle { slot, generation: arena.generation(slot), map: id };
        if T::HAS_COLLECTIONS {
            arena.place(slot, id);
            // The objects in a collection add their objects in turn, each in a nested call. The
            // nesting is that of the literals in the source text.
            for bring in taking.given {
                bring(self, raw);
            }
        }
        if first && T::HAS_COLLECTIONS {
            self.watch_collections_of(T::entity_index());
        }
        if !T::META.foreign_keys.is_empty() {
            self.arrived(T::entity_index(), slot);
        }
        raw
    }

    /// Adds the row that connects two objects.
    pub(crate) fn connect<R: MadeAssociation>(&mut self, source: RawHandle, target: RawHandle) {
        let mut row = R::connect();
        row.set_reference(R::TO_SOURCE, Reference::to(source));
        row.set_reference(R::TO_TARGET, Reference::to(target));
        self.add(row);
    }
}
