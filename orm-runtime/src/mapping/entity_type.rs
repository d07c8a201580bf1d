//! An entity known only by its metadata.

use std::any::Any;

use crate::backend::SqlFragment;

/// What a layer above the mapping knows of an entity or a relationship. The metadata carries it,
/// without knowing it, to code that has only the metadata.
pub type Carried = &'static (dyn Any + Send + Sync);

/// An entity known only by its metadata.
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

    /// Returns the conditions on its rows: the subtype, and all default scopes.
    pub(crate) fn scopes(self) -> Vec<Box<dyn SqlFragment>> {
        (self.scopes)()
    }

    /// Returns the functions of the identity map for its objects.
    pub(crate) fn objects(self) -> Carried {
        self.objects
    }
}
