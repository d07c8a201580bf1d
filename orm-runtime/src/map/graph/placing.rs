//! Visiting the collections of an object: when it comes into the map, and when its graph is copied out of
//! it. The derive calls one method a field; what is done is decided here.

use std::collections::HashSet;
use std::fmt;

use foldhash::fast::RandomState;

use super::collection_state::Loaded;
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::map::identity::IdentityMap;
use crate::mapping::{
    CollectionVisitor, Concrete, Content, Entity, EntityMeta, HasMany, HasOne, MadeAssociation,
    ManyToMany, Place, Reference, Referencing, Related, RelationshipMeta,
};

/// What a collection brought with it, to be done when its owner is in the map.
pub(in crate::map) type Given = Box<dyn FnOnce(&mut IdentityMap)>;

/// So deep may collections be nested in structs: dropping a struct, or writing it as JSON, goes as deep.
const DEEPEST: usize = 128;

/// The collections of one object, on a visit.
pub(in crate::map) struct Placing<'v> {
    meta: &'static EntityMeta,
    visit: Visit<'v>,
}

enum Visit<'v> {
    /// The object comes into the map.
    Place { owner: RawHandle, given: &'v mut Vec<Given> },
    /// The object is a copy of one in the map.
    Copy { map: &'v IdentityMap, of: u32, copies: &'v mut Copies },
    /// The object waits for a flush: a collection that was assigned since it came would be lost, and one
    /// that was made anew is told whose it is.
    Check { owner: RawHandle, assigned: &'v mut Option<&'static str> },
}

/// What a collection brings into the map: its owner, what is to be done, and its objects.
struct Brought<'v, T: Entity> {
    owner: RawHandle,
    given: &'v mut Vec<Given>,
    related: Vec<Related<T>>,
}

/// The copy of a graph in the making.
#[derive(Default)]
struct Copies {
    /// Objects whose collections have been copied.
    seen: HashSet<(usize, u32), RandomState>,
    /// The objects inside whose collections the next copy lies, from the outermost.
    around: Vec<(usize, u32)>,
    too_deep: bool,
}

impl<'v> Placing<'v> {
    pub(in crate::map) fn new(
        owner: RawHandle,
        meta: &'static EntityMeta,
        given: &'v mut Vec<Given>,
    ) -> Self {
        Placing { meta, visit: Visit::Place { owner, given } }
    }

    /// Finds the first collection of an object in the map that was assigned.
    pub(in crate::map) fn checking(
        owner: RawHandle,
        meta: &'static EntityMeta,
        assigned: &'v mut Option<&'static str>,
    ) -> Self {
        Placing { meta, visit: Visit::Check { owner, assigned } }
    }
}

impl CollectionVisitor for Placing<'_> {
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        self.referring(&mut field.content, relationship);
    }

    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        self.referring(&mut field.content, relationship);
    }

    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        if let Some(Brought { owner, given, related }) = self.visit(&mut field.content, R::POSITION)
        {
            // Who is given twice is connected once.
            let mut seen = HashSet::new();
            let once = |related: &Related<R::Target>| match related {
                Related::New(_) => true,
                Related::Existing(handle) => seen.insert(handle.raw()),
            };
            given.extend(related.into_iter().filter(once).map(|related| -> Given {
                Box::new(move |map| {
                    let target = match related {
                        Related::New(object) => map.add(object).raw(),
                        Related::Existing(handle) => handle.raw(),
                    };
                    map.connect::<R>(owner, target);
                })
            }));
        }
    }

    /// What connects has to be added as an object of the association.
    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize) {
        match &self.visit {
            // What was given can not be connected; the flush says so.
            Visit::Place { .. } if !field.pending().is_empty() => {}
            Visit::Place { .. } | Visit::Copy { .. } | Visit::Check { .. } => {
                self.visit(&mut field.content, relationship);
            }
        }
    }
}

impl Placing<'_> {
    fn referring<T: Entity>(&mut self, content: &mut Content<T>, relationship: usize) {
        let foreign_key = self.meta.relationships[relationship].foreign_key;
        let Some(brought) = self.visit(content, relationship) else { return };
        let Brought { owner, given, related } = brought;
        let to = Reference::to(owner);
        given.extend(related.into_iter().map(|related| -> Given {
            Box::new(move |map| match related {
                Related::New(mut object) => {
                    object.set_reference(foreign_key, to);
                    map.add(object);
                }
                Related::Existing(handle) => {
                    if let Some(object) = map.touch(family(handle)) {
                        object.set_reference(foreign_key, to);
                    }
                }
            })
        }));
    }

    /// Does what is the same for all collections; answers what one brings into the map.
    fn visit<T: Entity>(
        &mut self,
        content: &mut Content<T>,
        relationship: usize,
    ) -> Option<Brought<'_, T>> {
        let relationship = &self.meta.relationships[relationship];
        match &mut self.visit {
            Visit::Place { owner, given } => {
                let placed = Content::Placed(Place { owner: *owner, relationship });
                match std::mem::replace(content, placed) {
                    Content::Given(related) => {
                        Some(Brought { owner: *owner, given, related: related.take() })
                    }
                    Content::Unset | Content::Placed(_) => None,
                }
            }
            Visit::Copy { map, of, copies } => {
                *content = copies.collection(map, relationship, *of);
                None
            }
            Visit::Check { owner, assigned } => {
                match content {
                    Content::Given(_) => {
                        assigned.get_or_insert(relationship.name);
                    }
                    Content::Unset | Content::Placed(_) => {
                        *content = Content::Placed(Place { owner: *owner, relationship });
                    }
                }
                None
            }
        }
    }
}

impl Copies {
    /// What is in a collection, as structs; nothing is said of one that is not loaded.
    fn collection<T: Entity>(
        &mut self,
        map: &IdentityMap,
        relationship: &'static RelationshipMeta,
        owner: u32,
    ) -> Content<T> {
        if map.collection_loaded(relationship, owner) != Loaded::Full {
            return Content::Unset;
        }
        let source = (relationship.source)().entity.index();
        let found = map.neighbours(relationship, source, owner);
        // The way back to an object around this one is said by the way to here.
        let target = T::entity_index();
        if found.iter().any(|&slot| self.around.contains(&(target, slot))) {
            return Content::Unset;
        }
        let copies = found.into_iter().filter_map(|slot| self.object::<T::Root>(map, slot));
        Content::Given(copies.map(Related::New).collect())
    }

    /// An object as a struct with its collections: those of an object that comes again are not said.
    fn object<T: Entity<Root = T>>(&mut self, map: &IdentityMap, slot: u32) -> Option<T> {
        let object = map.arena::<T>()?.slots.object(slot)?;
        let mut copy = object.snapshot();
        for (n, reference) in T::META.foreign_keys.iter().enumerate() {
            if reference.field.is_some() {
                key_alone(&mut copy, object.reference(n), n, map, (reference.target)());
            }
        }
        if T::HAS_COLLECTIONS && self.seen.insert((T::entity_index(), slot)) {
            self.too_deep |= self.around.len() == DEEPEST;
            if !self.too_deep {
                self.around.push((T::entity_index(), slot));
                let visit = Visit::Copy { map, of: slot, copies: self };
                copy.visit_collections(&mut Placing { meta: T::META, visit });
                self.around.pop();
            }
        }
        Some(copy)
    }
}

/// The handle of an object of a collection, whatever its subtype.
fn family<T: Entity>(handle: Handle<T>) -> Handle<T::Root> {
    Handle::from_raw(handle.raw())
}

/// Makes a reference of a copy say the key alone: a copy belongs to no session. The object has the key that
/// the target has now; one that has left the session had the key of the reference. What has no key yet stays
/// an object of this session.
fn key_alone<T: Entity>(
    copy: &mut T,
    reference: Reference<'_>,
    foreign_key: usize,
    map: &IdentityMap,
    target: &'static EntityMeta,
) {
    if reference.handle.is_none() {
        return;
    }
    let arena = map.arena_dyn(target.entity.index());
    let slot = map.target_slot(reference, target.entity.index());
    let key = arena.zip(slot).and_then(|(arena, slot)| arena.current_key(slot));
    if let Some(key) = key.as_deref().or(reference.key) {
        copy.set_reference(foreign_key, Reference::with_key(None, Some(key)));
    }
}

impl fmt::Debug for Placing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Placing").field(&self.meta.name).finish()
    }
}

impl IdentityMap {
    /// Returns whether some object has this key.
    pub(crate) fn is_in_memory<T: Entity>(&self, key: &T::Key) -> bool {
        self.arena::<T>().is_some_and(|arena| arena.find(key).is_some())
    }

    /// Takes an object as one that is stored and stale.
    pub(crate) fn attach<T: Concrete>(&mut self, object: T, key: &T::Key) -> Handle<T> {
        let id = self.id();
        let past_map = self.written_past_map();
        let slot = self.arena_mut::<T>().attach(object.into_root(), key, id, past_map);
        self.fix_up_loaded(T::META, None);
        self.handle(slot)
    }

    /// Adds a new object, and what its references and collections bring with it.
    pub(crate) fn add<T: Concrete>(&mut self, object: T) -> Handle<T> {
        Handle::from_raw(self.add_root(object.into_root()))
    }

    /// Adds a new object that is of the type in which its arena holds it.
    pub(in crate::map) fn add_root<T: Entity<Root = T>>(&mut self, mut object: T) -> RawHandle {
        self.bring_newcomers_of(&mut object);
        self.fix_up_entity(T::entity_index());
        let (id, age) = (self.id(), self.age());
        let arena = self.arena_mut::<T>();
        let first = !arena.has_born;
        let slot = arena.add(object, age);
        let raw = RawHandle { slot, generation: arena.generation(slot), map: id };
        if T::HAS_COLLECTIONS {
            let mut given = Vec::new();
            arena.place(slot, id, &mut given);
            // What was given gives more in turn, each in a call of its own; the nesting of literals
            // is that of the source text.
            for bring in given {
                bring(self);
            }
        }
        if first && T::HAS_COLLECTIONS {
            self.watch_collections_of(T::entity_index());
        }
        if !T::META.foreign_keys.is_empty() {
            self.arrived(T::entity_index(), slot);
        }
        raw
    }

    /// Adds the object that connects two others.
    pub(crate) fn connect<R: MadeAssociation>(&mut self, source: RawHandle, target: RawHandle) {
        let mut row = R::connect();
        row.set_reference(R::TO_SOURCE, Reference::to(source));
        row.set_reference(R::TO_TARGET, Reference::to(target));
        self.add(row);
    }

    /// Copies an object and what is in its collections, as far as they are loaded, out of the map: plain
    /// structs, nested as the collections are, that belong to no session. References become keys; one to
    /// an object that has no key yet still references that object. An object that is met twice brings
    /// its collections only the first time, and of a collection that leads back to an object around it
    /// nothing is said. No SQL.
    ///
    /// With the feature `serde` the copy can be written as JSON and the like, and read again, where the
    /// entities derive `Serialize` and `Deserialize` (chrono and others have features of their own for it);
    /// with [`merge_graph`](crate::Session::merge_graph) it comes back into a session.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Team { id: Auto<i64>, name: String, players: HasMany<Player> }
    /// # #[derive(Entity)] struct Player { id: Auto<i64>, name: String, team: ForeignKey<Team> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Team, Player].create_all(&mut session)?;
    /// let player = Player::builder().name("ada").build();
    /// let reds = session.add(Team::builder().name("reds").players([player]).build());
    /// session.commit()?;
    /// let mut copy: Team = session.copy_graph(reds)?;
    /// assert_eq!(copy.players.pending().len(), 1);
    ///
    /// copy.name = "blues".to_owned();
    /// assert_eq!(session.merge_graph(copy)?, reds);
    /// session.commit()?; // UPDATE team SET name = ? WHERE id = ?
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere; [`Error::InvalidState`] when collections are nested in
    /// each other more than 128 deep.
    pub fn copy_graph<T: Entity>(&self, handle: Handle<T>) -> Result<T> {
        let slot = self.expect(handle)?;
        let mut copies = Copies::default();
        self.expect_just(handle, "copied with its graph")?;
        let copy = copies.object::<T::Root>(self, slot);
        match copy.map(T::from_root) {
            Some(Ok(copy)) if !copies.too_deep => Ok(copy),
            _ => Err(Error::InvalidState {
                entity: T::META.name,
                key: self.key(handle).map(|key| format!("{key:?}")),
                action: "copied with its graph",
                reason: "its collections are nested in each other more than 128 deep",
            }),
        }
    }
}
