//! Rows of association tables, created and found by the session.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::handle::{Handle, RawHandle};
use crate::map::{Loaded, ObjectState};
use crate::mapping::{
    AssociationMeta, Entity, InHierarchy, MadeAssociation, Mapped, Reference, Referencing,
};
use crate::session::Session;

/// The functions that create and find rows of an association table, for code that has only the
/// metadata. The metadata carries them.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct AssociationRows {
    pub(in crate::session) link: fn(&mut Session, RawHandle, &[RawHandle]) -> Result<()>,
    pub(in crate::session) unlink: fn(&mut Session, RawHandle, &[RawHandle]) -> Result<()>,
}

/// Gives the functions of a relationship a `'static` place.
struct Of<R>(R);

impl<R: MadeAssociation> Of<R> {
    const ROWS: AssociationRows = AssociationRows {
        link: |session, owner, targets| session.connect_all::<R>(owner, targets),
        unlink: |session, owner, targets| session.disconnect_all::<R>(owner, targets),
    };
}

/// Creates the association of a relationship whose association table is generated.
pub const fn made_association<R: MadeAssociation>() -> AssociationMeta {
    AssociationMeta::made::<R>(&Of::<R>::ROWS)
}

impl Session {
    /// Adds the association rows that do not exist yet.
    fn connect_all<R: MadeAssociation>(
        &mut self,
        owner: RawHandle,
        targets: &[RawHandle],
    ) -> Result<()> {
        let rows = self.association_rows::<R>(owner, targets)?;
        let mut connected = BTreeSet::new();
        for (&target, row) in targets.iter().zip(rows) {
            let there = row.is_some_and(|row| {
                matches!(self.map().state(row), ObjectState::Persistent | ObjectState::Pending)
            });
            if !there && connected.insert(target) {
                self.give_up_association::<R>(owner, target);
                self.map_mut().connect::<R>(owner, target);
            }
        }
        Ok(())
    }

    /// Makes the object of an association row transient if the row no longer exists, because
    /// someone else has deleted it since it was read.
    fn give_up_association<R: MadeAssociation>(&mut self, owner: RawHandle, target: RawHandle) {
        let key = self.association_key::<R>(owner, target);
        let stale = key.and_then(|key| self.map().find::<R::Association>(key));
        if let Some(row) = stale.filter(|&row| self.map().state(row) == ObjectState::Persistent) {
            self.map_mut().give_up(row);
        }
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
                Some(row) if self.map().state(row) != ObjectState::Deleted => self.delete(row)?,
                _ => {
                    return Err(self.can_not_leave(
                        R::Target::META,
                        target.slot,
                        "it is not a member",
                    ));
                }
            }
        }
        Ok(())
    }

    /// Returns the existing association rows between an owner and other objects: from memory if
    /// known there, else loaded by their keys.
    fn association_rows<R: MadeAssociation>(
        &mut self,
        owner: RawHandle,
        targets: &[RawHandle],
    ) -> Result<Vec<Option<Handle<R::Association>>>> {
        let known = self.known_rows::<R>(owner);
        let mut rows: Vec<_> =
            targets.iter().map(|target| known.get(&target.slot).copied()).collect();
        // A list from an earlier transaction may be out of date.
        self.begin_decision()?;
        let horizon = self.map().write_horizon();
        let loaded = self.map().collection_loaded(R::meta(), owner.slot) == Loaded::Full;
        if loaded && !self.map().lacks_collection(R::meta(), owner.slot, horizon) {
            return Ok(rows);
        }
        let keys: Vec<_> = targets
            .iter()
            .zip(&rows)
            .map(|(&target, row)| match row {
                Some(row) if self.map().is_current(*row, horizon) => None,
                _ => self.association_key::<R>(owner, target),
            })
            .collect();
        let wanted = keys.iter().flatten().cloned().collect();
        let found = self.get_all::<R::Association>(wanted, horizon)?;
        let mut found = found.into_iter();
        for (row, _) in rows.iter_mut().zip(keys).filter(|(_, key)| key.is_some()) {
            *row = found.next().flatten();
        }
        Ok(rows)
    }

    /// Returns the association rows of an owner that are in memory, new ones included, by the slot
    /// of their target.
    fn known_rows<R: MadeAssociation>(
        &self,
        owner: RawHandle,
    ) -> BTreeMap<u32, Handle<R::Association>> {
        let map = self.map();
        let Some(arena) = map.arena_dyn(R::Association::entity_index()) else {
            return Default::default();
        };
        let rows = R::Association::entity_index();
        let leads_to = |row, foreign_key, entity| map.leads_to(rows, row, foreign_key, entity);
        let listed: Vec<u32> =
            map.members(R::meta(), owner.slot, false).into_iter().flatten().collect();
        let waiting = arena.waiting().into_iter().filter(|&row| {
            let waits = arena.header(row).is_some_and(|header| header.is_pending());
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

    /// Returns the key of the association row between two stored objects.
    fn association_key<R: MadeAssociation>(
        &self,
        owner: RawHandle,
        target: RawHandle,
    ) -> Option<<R::Association as Mapped>::Key> {
        // Uses the keys of the rows: an edited key is not in the database yet.
        let key = |entity: usize, slot: u32| self.map().arena_dyn(entity)?.row_key(slot);
        let source = key(R::Source::entity_index(), owner.slot)?;
        let target = key(R::Target::entity_index(), target.slot)?;
        let mut row = R::connect();
        row.set_reference(R::TO_SOURCE, Reference::with_key(None, Some(&*source)));
        row.set_reference(R::TO_TARGET, Reference::with_key(None, Some(&*target)));
        row.key()
    }
}
