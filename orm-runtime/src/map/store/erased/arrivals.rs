//! Objects that have come into an arena, for the collections that they belong to.

use crate::handle::MapId;
use crate::map::store::arena::Arena;
use crate::map::store::states::State;
use crate::mapping::Entity;

/// What has come into an arena since the collections were last fixed up.
pub(crate) trait Arrivals {
    /// From now on objects that come from the database are noted.
    fn watch(&mut self);
    /// The objects that came since, and those whose references the database has changed.
    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>);
    /// The objects that came from the database, and those whose references it has changed, as long as they are
    /// not entered in collections.
    fn arrived(&self) -> Vec<u32>;
    /// Tells the collections of objects once more whose they are, after a rollback.
    fn place_again(&mut self, slots: &[u32], map: MapId);
    /// Whether there may be objects that came into being in this session.
    fn has_created_here(&self) -> bool;
    /// Takes no stored object any more for one that came into being in this session.
    fn forget_created_here(&mut self);
    /// The same for those whose rows the open transaction has deleted.
    fn forget_created_here_of_deleted(&mut self);
}

impl<T: Entity> Arrivals for Arena<T> {
    fn watch(&mut self) {
        self.arrivals.get_or_insert_default();
    }

    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>) {
        self.arrivals.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn arrived(&self) -> Vec<u32> {
        let arrivals = self.arrivals.iter();
        arrivals
            .flat_map(|(came, reference_changed)| came.iter().chain(reference_changed))
            .copied()
            .collect()
    }

    fn place_again(&mut self, slots: &[u32], map: MapId) {
        if T::HAS_COLLECTIONS {
            slots.iter().for_each(|&slot| self.place(slot, map));
        }
    }

    fn has_created_here(&self) -> bool {
        self.has_created_here
    }

    fn forget_created_here_of_deleted(&mut self) {
        self.slots.for_each_slot(|slot| {
            if slot.state() == State::Deleted {
                slot.set_created_here(false);
            }
        });
    }

    fn forget_created_here(&mut self) {
        if !self.has_created_here {
            return;
        }
        self.slots.for_each_slot(|slot| {
            if !slot.state().is_new() {
                slot.set_created_here(false);
            }
        });
    }
}
