//! Changing collections: putting objects into them, taking them out, replacing them as a set.

use super::Session;
use crate::error::{Error, Result};
use crate::map::{Handle, ObjectState, RawHandle};
use crate::mapping::{
    Entity, MadeAssociation, Reference, Relationship, RelationshipKind, RelationshipMeta, ToMany,
};

impl Session {
    /// Puts an object into a collection: for `HasMany` its reference leads to the owner from now on,
    /// for `HasOne` in place of the one before, for `ManyToMany` an association row is added, if there
    /// is none. The next flush writes it.
    ///
    /// No SQL for `HasMany`; at most one SELECT for the others, where it is not in memory what is
    /// there.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Team { id: Auto<i64>, name: String, players: HasMany<Player> }
    /// # #[derive(Entity)] struct Player { id: Auto<i64>, name: String, team: Option<ForeignKey<Team>> }
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
    /// [`Error::Gone`] for a handle that leads nowhere; [`Error::State`] for many-to-many through an
    /// entity of the program, whose rows are added as objects; those of [`load`](Self::load) where
    /// something is read.
    pub fn link<R: ToMany>(
        &mut self,
        owner: Handle<R::Source>,
        _relationship: R,
        object: Handle<R::Target>,
    ) -> Result<()> {
        self.link_all(owner, _relationship, &[object])
    }

    /// Puts many objects into a collection; see [`link`](Self::link). At most one SELECT.
    ///
    /// # Errors
    /// As [`link`](Self::link).
    pub fn link_all<R: ToMany>(
        &mut self,
        owner: Handle<R::Source>,
        relationship: R,
        objects: &[Handle<R::Target>],
    ) -> Result<()> {
        self.map.expect(owner)?;
        for &object in objects {
            self.map.expect(object)?;
        }
        let meta = R::meta();
        match meta.kind {
            RelationshipKind::ManyToMany => {
                let connect = connect_of::<R>(meta)?;
                let objects: Vec<RawHandle> = objects.iter().map(|object| object.raw()).collect();
                return (connect.link)(self, owner.raw(), &objects);
            }
            RelationshipKind::OneToOne => {
                let _ = relationship;
                let before = self.members_of(owner, meta);
                for other in before.into_iter().filter(|other| !objects.contains(other)) {
                    self.let_go(owner, other, meta)?;
                }
            }
            _ => {}
        }
        for &object in objects {
            let to = Reference { link: Some(owner.raw()), key: None };
            self.edit(object, |object| object.set_reference(meta.foreign_key, to));
        }
        Ok(())
    }

    /// Takes an object out of a collection: for `HasMany` and `HasOne` its reference becomes NULL, or it
    /// is deleted where the collection says `delete_orphan`; for `ManyToMany` the association row is
    /// deleted. The next flush writes it. No SQL, but for `ManyToMany` one SELECT where the association
    /// row is not in memory.
    ///
    /// # Errors
    /// [`Error::Gone`] for a handle that leads nowhere; [`Error::State`] when the object is not in the
    /// collection, and when its reference can not be NULL.
    pub fn unlink<R: ToMany>(
        &mut self,
        owner: Handle<R::Source>,
        _relationship: R,
        object: Handle<R::Target>,
    ) -> Result<()> {
        self.map.expect(owner)?;
        self.map.expect(object)?;
        let meta = R::meta();
        if meta.kind == RelationshipKind::ManyToMany {
            return (connect_of::<R>(meta)?.unlink)(self, owner.raw(), &[object.raw()]);
        }
        let reference = self.map[object].reference(meta.foreign_key);
        let now = self.map.target_slot(reference, R::Source::entity_index());
        if now != Some(owner.raw().slot) {
            return Err(self.not_in_collection(object));
        }
        self.let_go(owner, object, meta)
    }

    /// Makes a collection hold these objects and no others: what is missing is put in, what is too much
    /// is taken out, and what is there stays as it is. The next flush writes the differences, rows of a
    /// kind in one statement. One SELECT if the collection is not in memory.
    ///
    /// # Errors
    /// As [`link`](Self::link), [`unlink`](Self::unlink) and [`load`](Self::load).
    pub fn replace<R: ToMany>(
        &mut self,
        owner: Handle<R::Source>,
        relationship: R,
        objects: &[Handle<R::Target>],
    ) -> Result<()> {
        let _ = relationship;
        let meta = R::meta();
        let before: Vec<Handle<R::Target>> = self.members_of(owner, meta);
        let wanted: std::collections::BTreeSet<_> = objects.iter().copied().collect();
        let there: std::collections::BTreeSet<_> = before.iter().copied().collect();
        for other in before.into_iter().filter(|other| !wanted.contains(other)) {
            self.unlink(owner, relationship, other)?;
        }
        let new: Vec<_> =
            objects.iter().copied().filter(|object| !there.contains(object)).collect();
        self.link_all(owner, relationship, &new)
    }

    /// What is in a collection, as far as it is in memory.
    fn members_of<S: Entity, T: Entity>(
        &self,
        owner: Handle<S>,
        meta: &'static RelationshipMeta,
    ) -> Vec<Handle<T>> {
        let Some(members) = self.map.members(meta, owner.raw().slot, false) else {
            return Vec::new();
        };
        match meta.association {
            None => members.map(|slot| self.map.handle(slot)).collect(),
            Some(association) => {
                let rows = self.map.table((association.entity)().entity.index());
                let target = |row| {
                    let reference = rows?.reference(row, association.foreign_key);
                    let slot = self.map.target_slot(reference, T::entity_index())?;
                    Some(self.map.handle(slot))
                };
                members.filter_map(target).collect()
            }
        }
    }

    /// The reference of an object to its owner becomes NULL, if it can or need not.
    fn let_go<S: Entity, T: Entity>(
        &mut self,
        owner: Handle<S>,
        object: Handle<T>,
        meta: &'static RelationshipMeta,
    ) -> Result<()> {
        let (_, reference) = meta.made_by();
        if !reference.nullable && !meta.delete_orphan {
            let _ = owner;
            return Err(Error::State {
                entity: T::META.name,
                key: self.map.key(object).map(|key| format!("{key:?}")),
                action: "taken out of the collection",
                reason: "its reference can not be NULL; give it to another owner, delete it, or let the \
                         collection say delete_orphan",
            });
        }
        self.edit(object, |object| object.set_reference(meta.foreign_key, Reference::NULL));
        Ok(())
    }

    fn edit<T: Entity>(&mut self, handle: Handle<T>, change: impl FnOnce(&mut T)) {
        if let Some(object) = self.map.touch(handle) {
            change(object);
        }
    }

    fn not_in_collection<T: Entity>(&self, object: Handle<T>) -> Error {
        Error::State {
            entity: T::META.name,
            key: self.map.key(object).map(|key| format!("{key:?}")),
            action: "taken out of the collection",
            reason: "it is not in it",
        }
    }
}

/// How rows of an association table are made and found, for code that has only the metadata.
#[derive(Debug, Clone, Copy)]
pub struct Connect {
    link: fn(&mut Session, RawHandle, &[RawHandle]) -> Result<()>,
    unlink: fn(&mut Session, RawHandle, &[RawHandle]) -> Result<()>,
}

impl Connect {
    /// That of a relationship whose association table is made for the program.
    pub const fn of<R: MadeAssociation>() -> Self {
        Connect {
            link: |session, owner, targets| session.connect_all::<R>(owner, targets),
            unlink: |session, owner, targets| session.disconnect_all::<R>(owner, targets),
        }
    }
}

fn connect_of<R: Relationship>(meta: &'static RelationshipMeta) -> Result<Connect> {
    let connect = meta.association.and_then(|association| association.connect);
    connect.ok_or_else(|| Error::State {
        entity: R::Source::META.name,
        key: None,
        action: "linked",
        reason: "the association is an entity of the program; add and delete objects of it instead",
    })
}

impl Session {
    /// Adds the association rows that are not there.
    fn connect_all<R: MadeAssociation>(
        &mut self,
        owner: RawHandle,
        targets: &[RawHandle],
    ) -> Result<()> {
        let rows = self.association_rows::<R>(owner, targets)?;
        let mut connected = std::collections::BTreeSet::new();
        for (&target, row) in targets.iter().zip(rows) {
            let there = row.is_some_and(|row| {
                matches!(self.map.state(row), ObjectState::Persistent | ObjectState::Pending)
            });
            if !there && connected.insert(target) {
                self.map.connect::<R>(owner, target);
            }
        }
        Ok(())
    }

    /// Deletes association rows.
    fn disconnect_all<R: MadeAssociation>(
        &mut self,
        owner: RawHandle,
        targets: &[RawHandle],
    ) -> Result<()> {
        let rows = self.association_rows::<R>(owner, targets)?;
        for (&target, row) in targets.iter().zip(rows) {
            match row {
                Some(row) if self.map.state(row) != ObjectState::Deleted => self.delete(row)?,
                _ => return Err(self.not_in_collection::<R::Target>(Handle::from_raw(target))),
            }
        }
        Ok(())
    }

    /// The association rows between an owner and others, where there are any: from memory, else by
    /// their keys.
    fn association_rows<R: MadeAssociation>(
        &mut self,
        owner: RawHandle,
        targets: &[RawHandle],
    ) -> Result<Vec<Option<Handle<R::Association>>>> {
        let known = self.known_rows::<R>(owner);
        let mut rows: Vec<_> =
            targets.iter().map(|target| known.get(&target.slot).copied()).collect();
        if self.map.collection_loaded(R::meta(), owner.slot) == crate::map::Loaded::Whole {
            return Ok(rows);
        }
        let keys: Vec<_> = targets
            .iter()
            .zip(&rows)
            .map(|(&target, row)| match row {
                Some(_) => None,
                None => self.association_key::<R>(owner, target),
            })
            .collect();
        let found = self.get_many::<R::Association>(keys.iter().flatten().cloned())?;
        let mut found = found.into_iter();
        for (row, _) in rows.iter_mut().zip(keys).filter(|(_, key)| key.is_some()) {
            *row = found.next().flatten();
        }
        Ok(rows)
    }

    /// The association rows of an owner that are in memory, new ones included, by the slot of what they
    /// lead to.
    fn known_rows<R: MadeAssociation>(
        &self,
        owner: RawHandle,
    ) -> std::collections::BTreeMap<u32, Handle<R::Association>> {
        let map = &self.map;
        let Some(table) = map.table(R::Association::entity_index()) else {
            return Default::default();
        };
        let leads_to = |row: u32, foreign_key: usize, entity: usize| {
            map.target_slot(table.reference(row, foreign_key), entity)
        };
        let listed: Vec<u32> =
            map.members(R::meta(), owner.slot, false).into_iter().flatten().collect();
        let waiting = table.waiting().into_iter().filter(|&row| {
            let waits = table.slot(row).is_some_and(|mark| mark.is_pending());
            waits && leads_to(row, R::TO_SOURCE, R::Source::entity_index()) == Some(owner.slot)
        });
        listed
            .iter()
            .copied()
            .chain(waiting)
            .filter_map(|row| {
                let target = leads_to(row, R::TO_TARGET, R::Target::entity_index())?;
                Some((target, map.handle(row)))
            })
            .collect()
    }

    /// The key of the association row between two stored objects.
    fn association_key<R: MadeAssociation>(
        &self,
        owner: RawHandle,
        target: RawHandle,
    ) -> Option<<R::Association as Entity>::Key> {
        let key = |entity: usize, slot: u32| self.map.table(entity)?.current_key(slot);
        let source = key(R::Source::entity_index(), owner.slot)?;
        let target = key(R::Target::entity_index(), target.slot)?;
        let mut row = R::connect();
        row.set_reference(R::TO_SOURCE, Reference { link: None, key: Some(&*source) });
        row.set_reference(R::TO_TARGET, Reference { link: None, key: Some(&*target) });
        row.key()
    }
}
