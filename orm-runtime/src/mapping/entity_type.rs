//! An entity of which nothing but its metadata is at hand.

use std::any::Any;

use crate::backend::SqlFragment;

/// What a layer above the mapping knows of an entity or a relationship. The metadata carries it, so that it
/// is found by code that has nothing else, and knows nothing of it.
pub type Carried = &'static (dyn Any + Send + Sync);

/// An entity of which nothing but its metadata is at hand.
#[derive(Debug, Clone, Copy)]
pub struct EntityType {
    pub(super) index: fn() -> usize,
    pub(super) scopes: fn() -> Vec<Box<dyn SqlFragment>>,
    pub(super) objects: Carried,
}

impl EntityType {
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
