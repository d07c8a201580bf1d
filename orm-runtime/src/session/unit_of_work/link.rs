//! Changing collections: adding objects, removing them, and replacing all of them.

use std::collections::BTreeSet;

use super::association::AssociationRows;
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::mapping::{
    EntityMeta, Reference, RelationshipKind, RelationshipMeta, SubtypeOf, ToMany,
};
use crate::select::{Node, PathStep};
use crate::session::Session;
use crate::session::load::eager::{Fresh, Mode};

impl Session {
    /// Adds an object to a collection. For `HasMany`, its reference is set to the owner; for
    /// `HasOne`, it also replaces the previous object. For `ManyToMany`, an association row is
    /// added if none exists. The next flush writes the change.
    ///
    /// Sends no SQL for `HasMany`. For the others, sends at most one SELECT, if the current content
    /// is not in memory.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Team { id: Auto<i64>, name: String, players: HasMany<Player> }
    /// # #[derive(Entity)]
    /// # struct Player { id: Auto<i64>, name: String, team: Option<ForeignKey<Team>> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Team, Player].create_all(&mut session)?;
    /// # let reds = session.add(Team::builder().name("reds").build());
    /// # let ada = session.add(Player::builder().name("ada").build());
    /// session.link(reds, team::players, ada)?;
    /// assert_eq!(session[reds].players.len(&session)?, 1);
    /// assert_eq!(session[ada].team.get(&session)?.map(|team| team.name.as_str()), Some("reds"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::InvalidHandle`] if a handle points to no object.
    /// - [`Error::InvalidState`] if an object is deleted or transient, or if the association of a
    ///   many-to-many relationship is an entity of the program; add objects of that entity instead.
    /// - The errors of [`load`](Self::load) if something is read.
    pub fn link<R: ToMany>(
        &mut self,
        owner: Handle<impl SubtypeOf<R::Source>>,
        relationship: R,
        object: Handle<impl SubtypeOf<R::Target>>,
    ) -> Result<()> {
        self.link_all(owner, relationship, &[object.upcast()])
    }

    /// Adds several objects to a collection; see [`link`](Self::link). Sends at most one SELECT.
    ///
    /// # Errors
    /// Returns the errors of [`link`](Self::link).
    pub fn link_all<R: ToMany>(
        &mut self,
        owner: Handle<impl SubtypeOf<R::Source>>,
        _relationship: R,
        objects: &[Handle<R::Target>],
    ) -> Result<()> {
        let objects = self.expect_all(owner, objects)?;
        self.link_members(R::meta(), owner.raw(), &objects)
    }

    /// Removes an object from a collection. For `HasMany` and `HasOne`, its reference becomes NULL,
    /// or the object is deleted if the collection has `delete_orphan`. For `ManyToMany`, the
    /// association row is deleted. The next flush writes the change.
    ///
    /// Sends no SQL, except one SELECT for `ManyToMany` if the association row is not in memory.
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if a handle points to no object, and
    /// [`Error::InvalidState`] if the object is not in the collection or its reference cannot be
    /// NULL.
    pub fn unlink<R: ToMany>(
        &mut self,
        owner: Handle<impl SubtypeOf<R::Source>>,
        _relationship: R,
        object: Handle<impl SubtypeOf<R::Target>>,
    ) -> Result<()> {
        let objects = self.expect_all(owner, &[object])?;
        self.unlink_members(R::meta(), owner.raw(), &objects)
    }

    /// Makes a collection hold these objects and no others: missing objects are added, surplus
    /// objects are removed, and the rest stay. The next flush writes the differences, with rows of
    /// one kind in one statement. Sends one SELECT if the collection is not in memory.
    ///
    /// # Errors
    /// Returns the errors of [`link`](Self::link), [`unlink`](Self::unlink) and
    /// [`load`](Self::load).
    pub fn replace<R: ToMany>(
        &mut self,
        owner: Handle<impl SubtypeOf<R::Source>>,
        _relationship: R,
        objects: &[Handle<R::Target>],
    ) -> Result<()> {
        let objects = self.expect_all(owner, objects)?;
        self.replace_members(R::meta(), owner.raw(), &objects)
    }

    /// Loads the collection of an object if it was not read in this transaction, because its
    /// content decides what is written. Does not flush first: pending changes are entered as they
    /// will be.
    pub(in crate::session) fn load_collection(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
    ) -> Result<()> {
        let node = Node { step: PathStep::along(relationship), next: Vec::new() };
        self.begin_decision()?;
        self.load_nodes(&[owner.slot], &[node], Mode::ToDecide, &Fresh::None)
    }

    fn expect_all<S: crate::mapping::Entity, T: crate::mapping::Entity>(
        &self,
        owner: Handle<S>,
        objects: &[Handle<T>],
    ) -> Result<Vec<RawHandle>> {
        self.map().expect(owner)?;
        objects.iter().map(|&object| self.map().expect(object).map(|_| object.raw())).collect()
    }

    fn link_members(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
        objects: &[RawHandle],
    ) -> Result<()> {
        self.expect_stored((relationship.source)(), &[owner])?;
        self.expect_stored((relationship.target)(), objects)?;
        match relationship.kind {
            _ if objects.is_empty() => return Ok(()),
            RelationshipKind::ManyToMany => {
                let connect = self.made_association_rows(relationship, owner)?;
                return (connect.link)(self, owner, objects);
            }
            RelationshipKind::OneToOne => {
                self.load_collection(relationship, owner)?;
                for other in self.member_handles(relationship, owner) {
                    if !objects.contains(&other) {
                        self.let_go(relationship, other)?;
                    }
                }
            }
            _ => {}
        }
        for &object in objects {
            let to = Reference::to(owner);
            self.map_mut().refer(relationship, object.slot, to);
        }
        Ok(())
    }

    /// Refuses objects that are neither stored nor pending, because a link to one would be lost.
    fn expect_stored(&self, meta: &'static EntityMeta, objects: &[RawHandle]) -> Result<()> {
        let entity = meta.entity.index();
        let Some(arena) = self.map().arena_dyn(entity) else { return Ok(()) };
        match objects.iter().find(|object| !arena.is_present(object.slot)) {
            None => Ok(()),
            Some(object) => Err(Error::InvalidState {
                entity: arena.name(object.slot),
                key: arena.key_text(object.slot),
                action: "linked",
                reason: "it is deleted, or was never stored; call add_again() first",
            }),
        }
    }

    fn unlink_members(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
        objects: &[RawHandle],
    ) -> Result<()> {
        if relationship.kind == RelationshipKind::ManyToMany {
            return (self.made_association_rows(relationship, owner)?.unlink)(self, owner, objects);
        }
        let (source, target) = ((relationship.source)(), (relationship.target)());
        let (to, from) = (source.entity.index(), target.entity.index());
        let slots: Vec<u32> = objects.iter().map(|object| object.slot).collect();
        self.read_stale(target, &slots)?;
        for &object in objects {
            let now = self.map().leads_to(from, object.slot, relationship.foreign_key, to);
            if now != Some(owner.slot) {
                return Err(self.can_not_leave(target, object.slot, "it is not a member"));
            }
            self.let_go(relationship, object)?;
        }
        Ok(())
    }

    /// Makes a collection hold these objects and no others.
    pub(in crate::session) fn replace_members(
        &mut self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
        objects: &[RawHandle],
    ) -> Result<()> {
        self.load_collection(relationship, owner)?;
        let before = self.member_handles(relationship, owner);
        let wanted: BTreeSet<_> = objects.iter().copied().collect();
        let there: BTreeSet<_> = before.iter().copied().collect();
        let left: Vec<_> = before.into_iter().filter(|other| !wanted.contains(other)).collect();
        if !left.is_empty() {
            self.unlink_members(relationship, owner, &left)?;
        }
        let new: Vec<_> =
            objects.iter().copied().filter(|object| !there.contains(object)).collect();
        // Linking an empty list would make `HasOne` release the object that stays.
        if new.is_empty() {
            return Ok(());
        }
        self.link_members(relationship, owner, &new)
    }

    /// Returns the members of a collection that are in memory.
    fn member_handles(
        &self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
    ) -> Vec<RawHandle> {
        let source = (relationship.source)().entity.index();
        let target = (relationship.target)().entity.index();
        let members = self.map().neighbours(relationship, source, owner.slot);
        members.into_iter().filter_map(|slot| self.map().raw_handle(target, slot)).collect()
    }

    /// Sets the reference of an object to its owner to NULL. Returns an error if it cannot be NULL
    /// and the collection does not have `delete_orphan`.
    fn let_go(&mut self, relationship: &'static RelationshipMeta, object: RawHandle) -> Result<()> {
        let (entity, reference) = relationship.made_by();
        if !reference.nullable && !relationship.delete_orphan {
            let reason = "its reference cannot be NULL; link it to another owner, delete it, or set \
                          delete_orphan on the collection";
            return Err(self.can_not_leave(entity, object.slot, reason));
        }
        self.map_mut().refer(relationship, object.slot, Reference::NULL);
        Ok(())
    }

    /// Returns the functions that create the rows of an association.
    fn made_association_rows(
        &self,
        relationship: &'static RelationshipMeta,
        owner: RawHandle,
    ) -> Result<&'static AssociationRows> {
        let connect = relationship.association.and_then(|association| association.connect);
        connect.and_then(|connect| connect.downcast_ref()).ok_or_else(|| {
            let meta = (relationship.source)();
            let arena = self.map().arena_dyn(meta.entity.index());
            Error::InvalidState {
                entity: meta.name,
                key: arena.and_then(|arena| arena.key_text(owner.slot)),
                action: "linked",
                reason: "its association is an entity of the program; add and delete objects of \
                         that entity instead",
            }
        })
    }

    pub(in crate::session) fn can_not_leave(
        &self,
        entity: &'static EntityMeta,
        slot: u32,
        reason: &'static str,
    ) -> Error {
        Error::InvalidState {
            entity: entity.name,
            key: self.map().arena_dyn(entity.entity.index()).and_then(|arena| arena.key_text(slot)),
            action: "taken out of the collection",
            reason,
        }
    }
}
