//! The graph of an object, out of a session and back into it.

use super::Session;
use crate::error::Result;
use crate::map::{Handle, Merged, Placing, RawHandle};
use crate::mapping::{Concrete, Entity, Reference, Related, RelationshipKind, RelationshipMeta};

impl Session {
    /// Takes an object and what is in its loaded collections out of the session, as plain structs: the copy
    /// that [`copy_graph`](crate::IdentityMap::copy_graph) makes, unsaved edits included. Objects on the
    /// other side of many-to-many are copied too, and stay. Nothing is written, and the rows stay. No SQL.
    ///
    /// # Errors
    /// As [`copy_graph`](crate::IdentityMap::copy_graph).
    pub fn detach_graph<T: Entity>(&mut self, handle: Handle<T>) -> Result<T> {
        let copy = self.map.copy_graph(handle)?;
        self.map.evict_graph(T::META, handle.raw().slot);
        Ok(copy)
    }

    /// Brings a struct and what is in its collections into the session, as
    /// [`merge`](Self::merge) does with one struct: objects with keys that are stored are changed, others
    /// are added, and a collection holds afterwards what the struct's held, as
    /// [`replace`](Self::replace) makes it. Collections of which the struct says nothing stay as they
    /// are. What a collection holds no more is taken out of it: that is an error where its reference can not
    /// be NULL, unless the collection says `delete_orphan`.
    ///
    /// One SELECT for an object that is not in memory, and one for each of its collections.
    ///
    /// # Errors
    /// Those of [`merge`](Self::merge) and [`replace`](Self::replace).
    pub fn merge_graph<T: Concrete>(&mut self, mut object: T) -> Result<Handle<T>> {
        let mut merged: Vec<Merged> = Vec::new();
        if T::HAS_COLLECTIONS {
            object.place(&mut Placing::merging(T::META, &mut merged));
        }
        let handle = self.merge(object)?;
        for bring in merged {
            bring(self, handle.raw())?;
        }
        Ok(handle)
    }

    /// Makes the collection of an object hold what that of a merged struct held.
    pub(crate) fn merge_collection<T: Entity>(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
        related: Vec<Related<T>>,
    ) -> Result<()> {
        // Loaded first, so that merging finds in memory what belongs to it.
        self.load_collection(relationship, owner)?;
        let refers = relationship.kind != RelationshipKind::ManyToMany;
        let source = self.map.table((relationship.source)().entity.index());
        // With its key, of which that of the object may be made.
        let key = source.and_then(|source| source.current_key(owner.slot));
        let mut handles = Vec::with_capacity(related.len());
        for related in related {
            handles.push(match related {
                Related::Known(handle) => handle.raw(),
                Related::New(mut object) => {
                    if refers {
                        let to = Reference { link: Some(owner), key: key.as_deref() };
                        object.set_reference(relationship.foreign_key, to);
                    }
                    self.merge_graph(object)?.raw()
                }
            });
        }
        self.replace_members(relationship, owner, &handles)
    }
}
