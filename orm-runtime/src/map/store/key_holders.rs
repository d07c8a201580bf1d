//! Objects whose keys new rows have taken. Their rows must be gone, because otherwise the keys
//! would not be free: another session has deleted them, or a statement that the map does not know.

use super::Store;
use super::arena::Arena;
use super::erased::{Changes, References};
use super::slot::SlotHeader;
use crate::mapping::{Entity, IndexByKey};

impl<T: Entity> Arena<T> {
    /// Returns the stored object that has the key of another one.
    pub(super) fn holder_of_key(&self, slot: u32) -> Option<u32> {
        let other = self.index.get(&self.slots.object(slot)?.key()?)?;
        let header = self.slots.header(other).filter(|_| other != slot)?;
        header.state().has_row().then_some(other)
    }

    /// Marks the object that had the key of an inserted row before as deleted, because it has no
    /// row now. Until the transaction ends, a rollback restores that object.
    pub(super) fn take_key_from_former_holder(&mut self, key: &T::Key, slot: u32) {
        let Some(other) = self.index.get(key).filter(|&other| other != slot) else { return };
        if self.unproven.contains(&other) {
            // The INSERT of the row of that object was undone.
            self.give_up(other);
        } else if self.slots.header(other).is_some_and(|header| header.is_stored()) {
            self.finish_delete(other);
        }
    }
}

impl Store {
    /// Returns `true` if an entity has stored objects that were last read before the open
    /// transaction.
    pub(crate) fn has_older<F: Entity<Root = F>>(&self) -> bool {
        let horizon = self.write_horizon();
        let is_older =
            |(_, header): (u32, SlotHeader)| header.is_stored() && header.age() < horizon;
        self.arena::<F>().is_some_and(|known| known.slots.iter().any(is_older))
    }

    /// Makes objects of earlier transactions unproven if they have the key of one of these rows,
    /// which were inserted and are not in the map. The row of such an object must be read before
    /// the object is written.
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

    /// Returns the stored objects with the keys of these objects, which were just inserted.
    pub(crate) fn former_holders(&self, entity: usize, inserted: &[u32]) -> Vec<u32> {
        let arena = self.arena_dyn(entity);
        inserted.iter().filter_map(|&slot| arena?.holder_of_key(slot)).collect()
    }
}
