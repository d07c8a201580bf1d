//! What the map does with objects of an entity of which it knows only the metadata.

use std::any::Any;

use super::IdentityMap;
use crate::handle::RawHandle;
use crate::map::store::Arena;
use crate::map::store::ErasedArena;
use crate::mapping::{Entity, EntityMeta, EntityType};

/// The functions of the map for the objects of an entity. The metadata carries them.
struct EntityObjects {
    arena: fn(usize) -> Box<dyn ErasedArena>,
    add: fn(&mut IdentityMap, Box<dyn Any + Send>) -> Option<RawHandle>,
}

/// A place in the program for the functions of an entity.
struct Of<T>(T);

impl<T: Entity> Of<T> {
    const OBJECTS: EntityObjects = EntityObjects {
        arena: |scopes| Box::new(Arena::<T::Root>::new(scopes)),
        add: |map, object| Some(map.add_root::<T::Root>(*object.downcast().ok()?)),
    };
}

/// Creates the metadata of an entity without columns. The derive sets what the attributes say by
/// struct update.
pub const fn entity_meta<T: Entity>(
    name: &'static str,
    module: &'static str,
    table: &'static str,
) -> EntityMeta {
    EntityMeta::new(name, module, table, EntityType::of::<T>(&Of::<T>::OBJECTS))
}

fn objects(entity: EntityType) -> &'static EntityObjects {
    let Some(objects) = entity.objects().downcast_ref() else {
        unreachable!("`entity_meta` creates the metadata of an entity")
    };
    objects
}

/// Creates an empty arena for an entity, in a map with some open transaction scopes.
pub(super) fn new_arena(entity: EntityType, scopes: usize) -> Box<dyn ErasedArena> {
    (objects(entity).arena)(scopes)
}

/// Adds a new object of an entity. An object of another type is not added.
pub(super) fn add_object(
    map: &mut IdentityMap,
    entity: EntityType,
    object: Box<dyn Any + Send>,
) -> Option<RawHandle> {
    (objects(entity).add)(map, object)
}
