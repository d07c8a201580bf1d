//! Copies the graph of an object out of the map, into structs that belong to no session.

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

/// The limit on nested collections, because dropping a struct, or writing it as JSON, recurses as
/// deep.
const DEEPEST: usize = 128;

/// Copies the collections of an object in the map, on a visit.
struct Copying<'v> {
    meta: &'static EntityMeta,
    map: &'v IdentityMap,
    of: u32,
    copies: &'v mut Copies,
}

/// The state of copying a graph.
#[derive(Default)]
struct Copies {
    /// Objects whose collections have been copied.
    seen: HashSet<(usize, u32), RandomState>,
    /// The objects whose collections contain the next copy, the outermost first.
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
    /// Copies the objects in a collection to structs. A collection that is not loaded stays unset.
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
        // The nesting already says that this object belongs to the one around it.
        let target = T::entity_index();
        if found.iter().any(|&slot| self.around.contains(&(target, slot))) {
            return Content::Unset;
        }
        let copies = found.into_iter().filter_map(|slot| self.object::<T::Root>(map, slot));
        Content::Given(copies.map(Related::New).collect())
    }

    /// Copies an object to a struct with its collections. If the object has been copied before, its
    /// collections stay unset.
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

/// Replaces a reference of a copy with the key alone, because a copy belongs to no session. The key
/// is the current key of the target, or the key of the reference if the target has left the
/// session. If there is no key yet, the reference still points to the object of this session.
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
    /// Copies an object, and the objects in its loaded collections, out of the map. The copies are
    /// plain structs, nested as the collections are, and belong to no session. References become
    /// keys; a reference to an object without a key still points to that object. If an object
    /// appears twice, only the first copy has its collections. A collection that would contain an
    /// object around it stays unset. Sends no SQL.
    ///
    /// With the feature `serde` you can serialise the copy and deserialise it again, if the
    /// entities derive `Serialize` and `Deserialize` (chrono and other crates have separate
    /// features for this). [`merge_graph`](crate::Session::merge_graph) brings it back into a
    /// session.
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
    /// Returns [`Error::InvalidHandle`] if the object of the handle is gone, and
    /// [`Error::InvalidState`] if collections are nested more than 128 deep.
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
                reason: "its collections are nested more than 128 deep",
            }),
        }
    }
}
