//! Everything in memory that can be reached from an object by its relationships.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use foldhash::fast::RandomState;

use super::IdentityMap;
use crate::error::Result;
use crate::handle::{Handle, RawHandle};
use crate::mapping::{Entity, EntityMeta, RelationshipKind, RelationshipMeta};

/// The handle of an object of any entity, as [`IdentityMap::reachable`] returns it.
#[derive(Clone, Copy)]
pub struct AnyHandle {
    entity: &'static EntityMeta,
    /// The subtype of the object in its hierarchy.
    subtype: usize,
    raw: RawHandle,
}

impl AnyHandle {
    /// Returns the metadata of its entity. In a hierarchy this is the subtype as which it was
    /// reached.
    pub fn meta(&self) -> &'static EntityMeta {
        self.entity
    }

    /// Returns the handle of the object as a `T`, if it is one.
    pub fn downcast<T: Entity>(&self) -> Option<Handle<T>> {
        let is_one =
            self.entity.entity.index() == T::entity_index() && T::META.includes(self.subtype);
        is_one.then(|| Handle::from_raw(self.raw))
    }
}

impl fmt::Debug for AnyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle<{}>({})", self.entity.name_of(self.subtype), self.raw.slot)
    }
}

impl IdentityMap {
    /// Returns the object and everything that can be reached from it by relationships, each once,
    /// the nearest first. It follows references whose objects are in memory, and loaded
    /// collections. The relationships come from the metadata. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Team { id: Auto<i64>, name: String, players: HasMany<Player> }
    /// # #[derive(Entity)] struct Player { id: Auto<i64>, name: String, team: ForeignKey<Team> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// let reds = session.add(
    ///     Team::builder().name("reds").players([Player::builder().name("ada").build()]).build(),
    /// );
    /// let names: Vec<_> = session.reachable(reds)?.iter().map(|one| one.meta().name).collect();
    /// assert_eq!(names, ["Team", "Player"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`](crate::Error::InvalidHandle) if the object of the handle is
    /// gone.
    pub fn reachable<T: Entity>(&self, handle: Handle<T>) -> Result<Vec<AnyHandle>> {
        let slot = self.expect(handle)?;
        let mut seen: HashSet<(usize, u32), RandomState> = HashSet::default();
        let mut waiting = VecDeque::from([(T::META, slot)]);
        let mut reached = Vec::new();
        seen.insert((T::entity_index(), slot));
        while let Some((meta, slot)) = waiting.pop_front() {
            let entity = meta.entity.index();
            if let Some(raw) = self.raw_handle(entity, slot) {
                let subtype = self.arena_dyn(entity).map_or(0, |arena| arena.subtype(slot));
                reached.push(AnyHandle { entity: meta, subtype, raw });
            }
            for relationship in meta.relationships {
                let target = (relationship.target)();
                for next in self.neighbours(relationship, entity, slot) {
                    if seen.insert((target.entity.index(), next)) {
                        waiting.push_back((target, next));
                    }
                }
            }
        }
        Ok(reached)
    }

    /// Removes an object from the session, with the objects in its loaded collections, and the
    /// objects in theirs. The targets of an association stay.
    pub(crate) fn evict_graph(&mut self, meta: &'static EntityMeta, slot: u32) {
        let mut seen: HashSet<(usize, u32), RandomState> = HashSet::default();
        let mut waiting = vec![(meta, slot)];
        while let Some((meta, slot)) = waiting.pop() {
            let entity = meta.entity.index();
            if !seen.insert((entity, slot)) {
                continue;
            }
            let collections = meta.relationships.iter();
            for relationship in collections.filter(|it| it.kind != RelationshipKind::ManyToOne) {
                let members = self.members(relationship, slot, false).into_iter().flatten();
                waiting.extend(members.map(|member| (relationship.made_by().0, member)));
            }
        }
        for (entity, slot) in seen {
            self.evict(entity, slot);
        }
    }

    /// Makes an object whose INSERT was rolled back pending again, and the objects in its
    /// collections too, owners first. Returns `false` if it is not such an object.
    pub(crate) fn bring_back(&mut self, meta: &'static EntityMeta, slot: u32) -> bool {
        let mut waiting = VecDeque::from([(meta, slot)]);
        let mut any = false;
        while let Some((meta, slot)) = waiting.pop_front() {
            let entity = meta.entity.index();
            let mut found = Vec::new();
            for relationship in meta.relationships {
                if relationship.kind != RelationshipKind::ManyToOne {
                    let members = self.members(relationship, slot, false).into_iter().flatten();
                    found.extend(members.map(|member| (relationship.made_by().0, member)));
                }
                let next = self.neighbours(relationship, entity, slot);
                found.extend(next.into_iter().map(|next| ((relationship.target)(), next)));
            }
            if self.arena_dyn_mut(entity).is_some_and(|arena| arena.bring_back(slot)) {
                any = true;
                self.fix_up_entity(entity);
                self.fix_up_added(entity, None);
                if let Some(slot_ref) = self.arena_dyn(entity).map(|arena| arena.slot_ref(slot)) {
                    self.collections.came_back(entity, slot_ref);
                }
                waiting.extend(found);
            }
        }
        any
    }

    /// Returns the objects in memory at the other end of a relationship.
    pub(crate) fn neighbours(
        &self,
        relationship: &'static RelationshipMeta,
        source: usize,
        slot: u32,
    ) -> Vec<u32> {
        if !self.is((relationship.source)(), slot) {
            return Vec::new();
        }
        let meta = (relationship.target)();
        let target = meta.entity.index();
        let there = |&slot: &u32| {
            let header = self.arena_dyn(target).and_then(|arena| arena.header(slot));
            header.is_some_and(|header| !header.state().is_deleted()) && self.is(meta, slot)
        };
        if relationship.kind == RelationshipKind::ManyToOne {
            let next = self.leads_to(source, slot, relationship.foreign_key, target);
            return next.into_iter().filter(there).collect();
        }
        let members = self.members(relationship, slot, false).into_iter().flatten();
        match relationship.association {
            None => members.collect(),
            Some(association) => {
                let rows = (association.entity)().entity.index();
                let next = |row| self.leads_to(rows, row, association.foreign_key, target);
                let mut seen: HashSet<u32, RandomState> = HashSet::default();
                members.filter_map(next).filter(there).filter(|&slot| seen.insert(slot)).collect()
            }
        }
    }
}
