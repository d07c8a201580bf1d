//! Objects that have come into an arena, for the collections that they belong to.

use crate::handle::MapId;
use crate::map::store::arena::Arena;
use crate::map::store::states::State;
use crate::mapping::Entity;

/// The objects that have come into an arena since the last fix-up of collections.
pub(crate) trait Arrivals {
    /// Starts to record objects that come from the database.
    fn watch(&mut self);
    /// Takes the objects that have come since, and the objects whose references the database has
    /// changed.
    fn take_arrivals(&mut self) -> (Vec<u32>, Vec<u32>);
    /// Returns the objects that have come from the database, and the objects whose references it
    /// has changed, that are not in collections yet.
    fn arrived(&self) -> Vec<u32>;
    /// Places the collections of objects again, after a rollback.
    fn place_again(&mut self, slots: &[u32], map: MapId);
    /// Returns `true` if there may be objects that were created in this session.
    fn has_created_here(&self) -> bool;
    /// Forgets which stored objects were created in this session.
    fn forget_created_here(&mut self);
    /// Forgets which objects were created in this session, for rows that the open transaction has
    /// deleted.
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
