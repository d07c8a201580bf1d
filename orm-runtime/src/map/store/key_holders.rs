//! Objects whose keys new rows have taken. Their own rows are gone, or the keys would not have been
//! free: somebody else has deleted them, or a statement of which the map knows nothing.

use super::Store;
use super::arena::Arena;
use super::erased::{Changes, References};
use super::slot::SlotHeader;
use crate::mapping::{Entity, IndexByKey};

impl<T: Entity> Arena<T> {
    /// The stored object that has the key of another one.
    pub(super) fn holder_of_key(&self, slot: u32) -> Option<u32> {
        let other = self.index.get(&self.slots.object(slot)?.key()?)?;
        let header = self.slots.header(other).filter(|_| other != slot)?;
        header.state().has_row().then_some(other)
    }

    /// The row of an object is inserted: who had its key before has no row any more. Until the transaction
    /// ends, a rollback brings that object back.
    pub(super) fn take_key_from_former_holder(&mut self, key: &T::Key, slot: u32) {
        let Some(other) = self.index.get(key).filter(|&other| other != slot) else { return };
        if self.unproven.contains(&other) {
            // The INSERT of that row was undone.
            self.give_up(other);
        } else if self.slots.header(other).is_some_and(|header| header.is_stored()) {
            self.finish_delete(other);
        }
    }
}

impl Store {
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
        let Some(known) = self.arena_mut::<F>() else { return };
        let holder = |slot| known.index.get(&rows.slots.object(slot)?.key()?);
        let held: Vec<u32> = rows.pending().into_iter().filter_map(holder).collect();
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
}
