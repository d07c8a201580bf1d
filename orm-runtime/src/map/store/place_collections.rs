//! Gives the collections of an object their place: each holds the handle of its owner.
//!
//! The content of a collection is not known here.

use std::fmt;

use super::arena::Arena;
use super::erased::Changes;
use crate::error::ValidationError;
use crate::handle::{MapId, RawHandle};
use crate::mapping::{
    CollectionVisitor, Content, Entity, EntityMeta, HasMany, HasOne, MadeAssociation, ManyToMany,
    Place,
};

/// Places the collections of one object, on a visit.
struct Placement<'v> {
    meta: &'static EntityMeta,
    owner: RawHandle,
    /// The first collection that was assigned since the object came into the map, if the visit
    /// searches for it. The objects in an assigned collection would be lost, because references
    /// decide what is in a collection.
    assigned: Option<&'v mut Option<&'static str>>,
}

impl CollectionVisitor for Placement<'_> {
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        self.place(&mut field.content, relationship);
    }

    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        self.place(&mut field.content, relationship);
    }

    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        self.place(&mut field.content, R::POSITION);
    }

    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize) {
        // The objects in it cannot be connected; the flush reports an error.
        if self.assigned.is_some() || field.pending().is_empty() {
            self.place(&mut field.content, relationship);
        }
    }
}

impl Placement<'_> {
    fn place<T: Entity>(&mut self, content: &mut Content<T>, relationship: usize) {
        let relationship = &self.meta.relationships[relationship];
        if let (Some(assigned), Content::Given(_)) = (&mut self.assigned, &*content) {
            assigned.get_or_insert(relationship.name);
            return;
        }
        *content = Content::Placed(Place { owner: self.owner, relationship });
    }
}

impl<T: Entity> Arena<T> {
    /// Places the collections of an object.
    pub(crate) fn place(&mut self, slot: u32, map: MapId) {
        let owner = RawHandle { slot, generation: self.generation(slot), map };
        if let Some(object) = self.slots.object_mut(slot) {
            object.visit_collections(&mut Placement { meta: T::META, owner, assigned: None });
        }
    }

    /// Refuses collections that were assigned to objects in the map, and places the collections of
    /// new objects.
    pub(super) fn check_collections(&mut self, map: MapId) -> Result<(), (u32, ValidationError)> {
        let mut waiting = self.pending();
        waiting.extend(&self.touched);
        for slot in waiting {
            let saved = self.slots.header(slot).is_some_and(|header| header.state().is_present());
            let owner = RawHandle { slot, generation: self.generation(slot), map };
            let Some(object) = self.slots.object_mut(slot).filter(|_| saved) else { continue };
            let mut assigned = None;
            let found = Some(&mut assigned);
            object.visit_collections(&mut Placement { meta: T::META, owner, assigned: found });
            if let Some(field) = assigned {
                let reason = "was assigned to an object of the session: set it to new() again, and change the \
                              collection with session.replace(…), link(…) and unlink(…), or by the \
                              references to it";
                return Err((slot, ValidationError::new(field, reason)));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Placement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Placement").field(&self.meta.name).finish()
    }
}
