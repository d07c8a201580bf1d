//! Objects whose keys new rows have taken. Their own rows are gone, or the keys would not have been
//! free: somebody else has deleted them, or a statement of which the map knows nothing.

use crate::map::identity::IdentityMap;
use crate::map::store::arena::Arena;
use crate::map::store::erased::{Changes, References};
use crate::map::store::slot::SlotHeader;
use crate::mapping::{Entity, IndexByKey};

/// A reference that bears a key, and no object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByKey {
    target: usize,
    pub(crate) child: usize,
    pub(crate) slot: u32,
    pub(crate) foreign_key: usize,
}

impl<T: Entity> Arena<T> {
    /// The stored object that has the key of another one.
    pub(in crate::map) fn holder_of_key(&self, slot: u32) -> Option<u32> {
        let other = self.index.get(&self.slots.object(slot)?.key()?)?;
        let header = self.slots.header(other).filter(|_| other != slot)?;
        header.state().has_row().then_some(other)
    }

    /// The row of an object is inserted: who had its key before has no row any more. Until the transaction
    /// ends, a rollback brings that object back.
    pub(in crate::map) fn take_key_from_former_holder(&mut self, key: &T::Key, slot: u32) {
        let Some(other) = self.index.get(key).filter(|&other| other != slot) else { return };
        if self.unproven.contains(&other) {
            // The INSERT of that row was undone.
            self.give_up(other);
        } else if self.slots.header(other).is_some_and(|header| header.is_stored()) {
            self.finish_delete(other);
        }
    }
}

impl IdentityMap {
    /// Returns whether objects of an entity are stored that were last read before the open transaction.
    pub(crate) fn has_older<F: Entity<Root = F>>(&self) -> bool {
        let horizon = self.write_horizon();
        let is_older =
            |(_, header): (u32, SlotHeader)| header.is_stored() && header.age() < horizon;
        self.arena::<F>().is_some_and(|known| known.slots.iter().any(is_older))
    }

    /// Rows were inserted of which the map does not know: an object of an earlier transaction that has the
    /// key of one of them is looked for before it is written.
    pub(crate) fn doubt_holders<F: Entity<Root = F>>(&mut self, rows: &Arena<F>) {
        let horizon = self.write_horizon();
        let Some(known) = self.arena::<F>() else { return };
        let holder = |slot| known.index.get(&rows.slots.object(slot)?.key()?);
        let held: Vec<u32> = rows.pending().into_iter().filter_map(holder).collect();
        let known = self.arena_mut::<F>();
        for slot in held {
            if known.slots.header(slot).is_some_and(|header| header.age() < horizon) {
                known.doubt_row(slot);
            }
        }
    }

    /// Returns the stored objects whose keys these have, which were inserted just now.
    pub(crate) fn former_holders(&self, entity: usize, inserted: &[u32]) -> Vec<u32> {
        let arena = self.arena_dyn(entity);
        inserted.iter().filter_map(|&slot| arena?.holder_of_key(slot)).collect()
    }

    /// Returns the references that wait to be written and bear nothing but a key of one of these entities.
    pub(crate) fn references_by_key(&self, entities: &[usize]) -> Vec<ByKey> {
        let mut found = Vec::new();
        for (child, arena) in self.arenas().filter(|(_, arena)| !arena.is_clean()) {
            for (foreign_key, reference) in arena.meta().foreign_keys.iter().enumerate() {
                let target = (reference.target)().entity.index();
                if reference.field.is_none() || !entities.contains(&target) {
                    continue;
                }
                let is_bare = |slot: &u32| {
                    let reference = arena.reference(*slot, foreign_key);
                    let link = reference.handle.and_then(|link| self.handle_slot(link, target));
                    reference.key.is_some()
                        && link.is_none()
                        && self.writes_reference(child, *slot, foreign_key)
                };
                let bare = arena.waiting().into_iter().filter(is_bare);
                found.extend(bare.map(|slot| ByKey { target, child, slot, foreign_key }));
            }
        }
        found
    }

    /// Returns the first of some references by key that leads to one of these objects, whose keys the database
    /// has made just now: the row that was meant is gone, or was never there.
    pub(crate) fn led_to<'r>(
        &self,
        references: &'r [ByKey],
        entity: usize,
        inserted: &[u32],
    ) -> Option<&'r ByKey> {
        let mut there = references.iter().filter(|it| it.target == entity).peekable();
        there.peek()?;
        let by_key = self.arena_dyn(entity)?.finder(inserted);
        there.find(|it| {
            let arena = self.arena_dyn(it.child);
            let key = arena.and_then(|arena| arena.reference(it.slot, it.foreign_key).key);
            key.is_some_and(|key| by_key.find(key).is_some())
        })
    }

    /// Returns an object with a reference that waits to be written and leads to another one itself, and not
    /// to whatever row has its key: entity, slot and foreign key.
    pub(crate) fn new_reference_to(
        &self,
        entity: usize,
        target: u32,
    ) -> Option<(usize, u32, usize)> {
        self.arenas().find_map(|(child, arena)| {
            let references = arena.meta().foreign_keys.iter().enumerate();
            let mut there = references.filter(|(_, reference)| {
                reference.field.is_some() && (reference.target)().entity.index() == entity
            });
            there.find_map(|(n, _)| {
                let leads_there = |&slot: &u32| {
                    let link = arena.reference(slot, n).handle;
                    link.is_some_and(|link| self.handle_slot(link, entity) == Some(target))
                        && self.writes_reference(child, slot, n)
                };
                let slot = arena.waiting().into_iter().find(leads_there)?;
                Some((child, slot, n))
            })
        })
    }
}
