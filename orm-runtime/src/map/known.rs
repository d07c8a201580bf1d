//! Which objects come between two points in time, for what brings many and lets them go again.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::identity::IdentityMap;
use super::slot::Seat;
use crate::mapping::EntityMeta;

/// Slots with their generations.
type Seats = HashSet<(u32, u32), RandomState>;

/// The objects of some entities at some time.
pub(crate) struct Known(Vec<(&'static EntityMeta, Seats)>);

impl IdentityMap {
    /// Which objects of these entities there are now.
    pub(crate) fn known(&self, entities: &[&'static EntityMeta]) -> Known {
        let known = entities.iter().map(|&meta| {
            let seats = self.seats(meta).map(|seat| (seat.slot, seat.generation()));
            (meta, seats.collect())
        });
        Known(known.collect())
    }

    /// Which objects of the same entities have come since, an entity after the other.
    pub(crate) fn come_since(&self, known: &Known) -> Vec<(usize, Vec<Seat>)> {
        let come = known.0.iter().map(|(meta, known)| {
            let new = |seat: &Seat| !known.contains(&(seat.slot, seat.generation()));
            (meta.entity.index(), self.seats(meta).filter(new).collect())
        });
        come.collect()
    }

    fn seats(&self, meta: &EntityMeta) -> impl Iterator<Item = Seat> {
        let table = self.table(meta.entity.index());
        table.into_iter().flat_map(|table| table.present().into_iter().map(|slot| table.seat(slot)))
    }

    /// Takes an object out of the map, and out of the collections that it was in.
    pub(super) fn evict(&mut self, entity: usize, slot: u32) {
        self.leave(entity, slot);
        if let Some(table) = self.table_mut(entity) {
            table.evict(slot);
        }
    }

    /// Takes stored objects out of the map, as far as they are there.
    pub(crate) fn evict_all(&mut self, come: Vec<(usize, Vec<Seat>)>) {
        for (entity, seats) in come {
            for seat in seats {
                let is_there = self.table(entity).is_some_and(|table| {
                    table.seat(seat.slot) == seat
                        && table.slot(seat.slot).is_some_and(|mark| mark.is_stored())
                });
                if is_there {
                    self.evict(entity, seat.slot);
                }
            }
        }
    }
}
