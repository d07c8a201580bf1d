//! References and collections of an object, by number.

use super::{CollectionVisitor, Reference, Tracked};

/// Reads and sets the references of an object, and visits its collections.
///
/// Asked for by the identity map, for what objects say of each other.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Referencing: Tracked {
    /// Where a foreign key leads; for one that is no field of the type
    /// [`ForeignKey`](super::ForeignKey), nowhere.
    fn reference(&self, _foreign_key: usize) -> Reference<'_> {
        Reference::NULL
    }

    /// Makes a foreign key lead to an object, or nowhere.
    fn set_reference(&mut self, _foreign_key: usize, _to: Reference<'_>) {}

    /// Whether there are collections to visit.
    const HAS_COLLECTIONS: bool = false;

    /// Visits the collections, in the order of the fields.
    fn visit_collections<V: CollectionVisitor>(&mut self, _visitor: &mut V) {}
}
