//! Adds the new objects that references hold.

use super::IdentityMap;
use super::entity_objects::add_object;
use crate::handle::RawHandle;
use crate::mapping::{Entity, Newcomer, Reference};

impl IdentityMap {
    /// Adds the new object of a reference, unless it has been added before.
    fn bring(&mut self, newcomer: &Newcomer) -> Option<RawHandle> {
        newcomer.bring(|entity, object| add_object(self, entity, object))
    }

    /// Adds the new objects that the references of an object hold, and sets the references to them.
    pub(super) fn bring_newcomers_of<T: Entity>(&mut self, object: &mut T) {
        if !Newcomer::is_held() {
            return;
        }
        for n in 0..T::META.foreign_keys.len() {
            let newcomer = object.reference(n).new.cloned();
            if let Some(link) = newcomer.and_then(|newcomer| self.bring(&newcomer)) {
                object.set_reference(n, Reference::to(link));
            }
        }
    }

    /// Adds the new objects of such references that were assigned to objects of the map.
    pub(crate) fn bring_newcomers(&mut self) {
        if !Newcomer::is_held() {
            return;
        }
        for entity in self.entities_that_refer() {
            let Some(arena) = self.arena_dyn(entity).filter(|arena| !arena.is_clean()) else {
                continue;
            };
            let references = arena.meta().foreign_keys.len();
            for slot in arena.waiting() {
                for n in 0..references {
                    let arena = self.arena_dyn(entity);
                    let newcomer = arena.and_then(|arena| arena.reference(slot, n).new.cloned());
                    let link = newcomer.and_then(|newcomer| self.bring(&newcomer));
                    if let (Some(link), Some(arena)) = (link, self.arena_dyn_mut(entity)) {
                        arena.propagate_reference(slot, n, Reference::to(link));
                    }
                }
            }
        }
    }
}
