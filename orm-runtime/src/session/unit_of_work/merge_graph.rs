//! Detaching the graph of an object from a session, and merging a graph into one.

use std::any::Any;
use std::collections::VecDeque;

use crate::backend::Cause;
use crate::error::Result;
use crate::handle::{Handle, RawHandle};
use crate::mapping::{
    CollectionVisitor, ColumnSet, Concrete, Content, Entity, HasMany, HasOne, MadeAssociation,
    ManyToMany, Reference, Referencing, Related, RelationshipKind, RelationshipMeta, Writable,
};
use crate::select::{Node, PathStep};
use crate::session::Session;
use crate::session::load::eager::{Fresh, Mode};

/// Takes the handle of an owner and returns what the owner's struct brings in one of its
/// collections.
type Merged = Box<dyn FnOnce(RawHandle) -> Box<dyn Brought>>;

/// What structs bring in their collections of one relationship.
trait Brought: Any {
    fn relationship(&self) -> &'static RelationshipMeta;
    /// Adds what other owners bring in the same relationship.
    fn join(&mut self, other: Box<dyn Brought>);
    /// Merges the objects into the session. Returns the collections that these objects bring.
    fn merge(self: Box<Self>, session: &mut Session) -> Result<Vec<Box<dyn Brought>>>;
}

struct Collections<T: Entity> {
    relationship: &'static RelationshipMeta,
    /// The objects, by owner.
    of: Vec<(RawHandle, Vec<Related<T>>)>,
}

impl Session {
    /// Takes an object and its loaded collections out of the session and returns them as plain
    /// structs, including unsaved edits: the copy that
    /// [`copy_graph`](crate::IdentityMap::copy_graph) creates. Objects on the other side of a
    /// many-to-many relationship are copied and also stay in the session. Nothing is written, and
    /// the rows stay. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`copy_graph`](crate::IdentityMap::copy_graph).
    #[track_caller]
    pub fn detach_graph<T: Entity>(&mut self, handle: Handle<T>) -> Result<T> {
        let copy = self.map().copy_graph(handle)?;
        self.map_mut().evict_graph(T::META, handle.raw().slot);
        Ok(copy)
    }

    /// Merges a struct and the content of its collections into the session, as
    /// [`merge`](Self::merge) does for one struct.
    ///
    /// Objects with the key of a stored row change it, and other objects are added. Each collection
    /// then holds what the collection of the struct held, as after [`replace`](Self::replace). A
    /// collection that is not set in the struct stays as it is. Objects that are no longer in a
    /// collection are removed from it; this is an error if their reference cannot be NULL and the
    /// collection does not have `delete_orphan`.
    ///
    /// Sends one SELECT for the object, unless it is in memory and current. For each relationship
    /// of the graph, sends one SELECT for the collections of all owners, and one for the objects
    /// that the first did not load. Pending changes are flushed before the first SELECT, and not in
    /// between.
    ///
    /// # Errors
    /// Returns the errors of [`merge`](Self::merge) and [`replace`](Self::replace).
    #[track_caller]
    pub fn merge_graph<T: Concrete + Writable>(&mut self, mut object: T) -> Result<Handle<T>> {
        let _call = self.call(Cause::Get, T::META.name);
        let merged = collections_of(&mut object);
        let handle = self.merge(object)?;
        let brought = merged.into_iter().map(|bring| bring(handle.raw())).collect();
        self.begin_decision()?;
        self.without_autoflush(|session| session.merge_brought(brought))?;
        Ok(handle)
    }

    /// Merges breadth first, so that one statement loads what many owners bring.
    fn merge_brought(&mut self, brought: Vec<Box<dyn Brought>>) -> Result<()> {
        let mut waiting: VecDeque<Box<dyn Brought>> = VecDeque::new();
        let mut next = brought;
        loop {
            for brought in next {
                let same =
                    |other: &&mut Box<dyn Brought>| other.relationship().is(brought.relationship());
                match waiting.iter_mut().find(same) {
                    Some(known) => known.join(brought),
                    None => waiting.push_back(brought),
                }
            }
            let Some(first) = waiting.pop_front() else { return Ok(()) };
            next = first.merge(self)?;
        }
    }
}

impl<T: Entity> Brought for Collections<T> {
    fn relationship(&self) -> &'static RelationshipMeta {
        self.relationship
    }

    fn join(&mut self, other: Box<dyn Brought>) {
        let other: Box<dyn Any> = other;
        if let Ok(other) = other.downcast::<Self>() {
            self.of.extend(other.of);
        }
    }

    fn merge(self: Box<Self>, session: &mut Session) -> Result<Vec<Box<dyn Brought>>> {
        let Collections { relationship, mut of } = *self;
        let owners: Vec<u32> = of.iter().map(|(owner, _)| owner.slot).collect();
        let horizon = session.map().write_horizon();
        let node = Node { step: PathStep::along(relationship), next: Vec::new() };
        // Load the collections first, so that merging finds their objects in memory.
        session.load_nodes(&owners, &[node], Mode::Exact { horizon }, &Fresh::None)?;
        if relationship.kind != RelationshipKind::ManyToMany {
            refer_to_owners(session, relationship, &mut of);
        }
        let new = of.iter().flat_map(|(_, related)| related).filter_map(|related| match related {
            Related::New(object) => object.key(),
            Related::Existing(_) => None,
        });
        session.load_unloaded::<T::Root>(new.collect())?;
        let mut next = Vec::new();
        for (owner, related) in of {
            let mut handles = Vec::with_capacity(related.len());
            for related in related {
                handles.push(match related {
                    Related::Existing(handle) => handle.raw(),
                    Related::New(mut object) => {
                        let merged = collections_of(&mut object);
                        let handle = session.merge_loaded::<T::Root>(object)?.raw();
                        next.extend(merged.into_iter().map(|bring| bring(handle)));
                        handle
                    }
                });
            }
            session.replace_members(relationship, owner, &handles)?;
        }
        Ok(next)
    }
}

/// Sets the references of new objects to their owners, because the key of an object may include the
/// key of its owner.
fn refer_to_owners<T: Entity>(
    session: &Session,
    relationship: &'static RelationshipMeta,
    of: &mut [(RawHandle, Vec<Related<T>>)],
) {
    let source = session.map().arena_dyn((relationship.source)().entity.index());
    for (owner, related) in of {
        let key = source.and_then(|source| source.current_key(owner.slot));
        for related in related {
            if let Related::New(object) = related {
                let to = Reference::with_key(Some(*owner), key.as_deref());
                object.set_reference(relationship.foreign_key, to);
            }
        }
    }
}

/// Returns `true` if a struct has new objects in its collections or references.
pub(in crate::session) fn brings_objects<T: Entity>(object: &mut T) -> bool {
    let is_new = |n| {
        let reference = object.reference(n);
        reference.new.is_some() && reference.handle.is_none()
    };
    (0..T::META.foreign_keys.len()).any(is_new) || !collections_of(object).is_empty()
}

/// Takes the content of a struct's collections.
fn collections_of<T: Entity>(object: &mut T) -> Vec<Merged> {
    let mut taking = Taking { relationships: T::META.relationships, merged: Vec::new() };
    if T::HAS_COLLECTIONS {
        object.visit_collections(&mut taking);
    }
    taking.merged
}

/// A visitor that takes the content of an object's collections.
struct Taking {
    relationships: &'static [RelationshipMeta],
    merged: Vec<Merged>,
}

impl Taking {
    fn take<T: Entity>(&mut self, content: &mut Content<T>, relationship: usize) {
        let relationship = &self.relationships[relationship];
        if let Content::Given(related) = std::mem::replace(content, Content::Unset) {
            let related = related.take();
            self.merged.push(Box::new(move |owner| {
                Box::new(Collections { relationship, of: vec![(owner, related)] })
            }));
        }
    }
}

impl CollectionVisitor for Taking {
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        self.take(&mut field.content, relationship);
    }

    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        self.take(&mut field.content, relationship);
    }

    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        self.take(&mut field.content, R::POSITION);
    }

    /// Discards the content: the rows come from the collection of the association's objects.
    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, _: usize) {
        field.content = Content::Unset;
    }
}

impl Session {
    /// Reads the rows with these keys that are not in memory or not current.
    fn load_unloaded<T: Entity>(&mut self, mut keys: Vec<T::Key>) -> Result<()> {
        let horizon = self.map().horizon();
        keys.retain(|key| self.map().lacks::<T>(key, horizon));
        keys.sort_unstable();
        keys.dedup();
        let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
        self.load_keys::<T>(&keys, how)?;
        Ok(())
    }
}
