//! Copying the graph of an object out of the map: structs that belong to no session.

use std::collections::HashSet;
use std::fmt;

use foldhash::fast::RandomState;

use super::IdentityMap;
use super::collection_state::Loaded;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{
    CollectionVisitor, Content, Entity, EntityMeta, HasMany, HasOne, MadeAssociation, ManyToMany,
    Reference, Related, RelationshipMeta,
};

/// So deep may collections be nested in structs: dropping a struct, or writing it as JSON, goes as deep.
const DEEPEST: usize = 128;

/// The collections of a copy of an object in the map, on a visit.
struct Copying<'v> {
    meta: &'static EntityMeta,
    map: &'v IdentityMap,
    of: u32,
    copies: &'v mut Copies,
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

impl CollectionVisitor for Copying<'_> {
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize) {
        self.copy(&mut field.content, relationship);
    }

    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize) {
        self.copy(&mut field.content, relationship);
    }

    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        _relationship: R,
    ) {
        self.copy(&mut field.content, R::POSITION);
    }

    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize) {
        self.copy(&mut field.content, relationship);
    }
}

impl Copying<'_> {
    fn copy<T: Entity>(&mut self, content: &mut Content<T>, relationship: usize) {
        let relationship = &self.meta.relationships[relationship];
        *content = self.copies.collection(self.map, relationship, self.of);
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
        let object = map.arena::<T>()?.at(slot)?;
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
                copy.visit_collections(&mut Copying { meta: T::META, map, of: slot, copies: self });
                self.around.pop();
            }
        }
        Some(copy)
    }
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

impl fmt::Debug for Copying<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Copying").field(&self.meta.name).finish()
    }
}

impl IdentityMap {
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
