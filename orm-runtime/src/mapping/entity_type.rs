//! An entity of which nothing but its metadata is at hand.

use std::any::Any;

use super::Entity;
use crate::backend::SqlFragment;

/// What a layer above the mapping knows of an entity or a relationship. The metadata carries it, so that it
/// is found by code that has nothing else, and knows nothing of it.
pub type Carried = &'static (dyn Any + Send + Sync);

/// An entity of which nothing but its metadata is at hand.
#[derive(Debug, Clone, Copy)]
pub struct EntityType {
    index: fn() -> usize,
    scopes: fn() -> Vec<Box<dyn SqlFragment>>,
    objects: Carried,
}

impl EntityType {
    /// Creates the type of an entity, with what the identity map does with its objects.
    pub const fn of<T: Entity>(objects: Carried) -> Self {
        EntityType {
            index: T::entity_index,
            scopes: || {
                let kinds = T::META.kind_condition();
                kinds.into_iter().chain((0..T::SCOPES).filter_map(T::scope)).collect()
            },
            objects,
        }
    }

    /// Returns the number of the entity in the process.
    pub(crate) fn index(self) -> usize {
        (self.index)()
    }

    /// Returns the conditions on its rows: of which subtype they are, and all default scopes.
    pub(crate) fn scopes(self) -> Vec<Box<dyn SqlFragment>> {
        (self.scopes)()
    }

    /// Returns what the identity map does with its objects.
    pub(crate) fn objects(self) -> Carried {
        self.objects
    }
}
