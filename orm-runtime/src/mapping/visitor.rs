//! Visiting the collections of an object.

use super::{Entity, HasMany, HasOne, MadeAssociation, ManyToMany};

/// What is done with each collection of an object. The derive calls one method a field, in the order of the
/// fields; `relationship` is the position of the relationship in the metadata of the entity.
pub trait CollectionVisitor {
    /// Visits a collection of the objects that reference the owner.
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize);

    /// Visits the one object that references the owner.
    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize);

    /// Visits a collection by an association table that is made for the program.
    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        relationship: R,
    );

    /// Visits a collection by an association that is an entity of the program.
    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize);
}
