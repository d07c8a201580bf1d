//! Objects whose rows must be read before a flush, and transient objects that leave the map.

use super::IdentityMap;
use crate::mapping::EntityMeta;

impl IdentityMap {
    /// Forgets the oldest transient objects if there are many, at the end of a transaction.
    pub(crate) fn forget_given_up(&mut self) {
        if !self.store.has_given_up() {
            return;
        }
        for (entity, slot) in self.store.take_given_up() {
            self.evict(entity, slot);
        }
    }

    /// Returns the objects whose rows must be read before a flush: pending objects with unproven
    /// rows, and unproven objects that pending objects reference; by entity, in order.
    pub(crate) fn to_prove(&self) -> Vec<(&'static EntityMeta, Vec<u32>)> {
        let mut found: Vec<(&'static EntityMeta, Vec<u32>)> = Vec::new();
        for (entity, arena) in self.arenas().filter(|(_, arena)| arena.has_unproven()) {
            let mut slots = arena.unproven_waiting();
            slots.extend(self.referred_to(entity).filter(|&slot| arena.is_unproven(slot)));
            slots.sort_unstable();
            slots.dedup();
            if !slots.is_empty() {
                found.push((arena.meta(), slots));
            }
        }
        found
    }

    /// Returns the objects of an entity that pending references point to.
    fn referred_to(&self, target: usize) -> impl Iterator<Item = u32> {
        self.arenas().flat_map(move |(child, arena)| {
            let references = arena.meta().foreign_keys.iter().enumerate();
            let there = references.filter(move |(_, reference)| {
                reference.field.is_some() && (reference.target)().entity.index() == target
            });
            there.flat_map(move |(n, _)| {
                let waiting = arena.waiting().into_iter();
                let written = waiting.filter(move |&slot| self.writes_reference(child, slot, n));
                written.filter_map(move |slot| self.target_slot(arena.reference(slot, n), target))
            })
        })
    }
}
