//! Pending references, by whether they have an object or only a key.

use super::IdentityMap;

/// A reference that has a key, and no object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByKey {
    target: usize,
    child: usize,
    slot: u32,
    foreign_key: usize,
}

impl ByKey {
    /// Returns the entity, the slot and the position of the foreign key.
    pub(crate) fn place(&self) -> (usize, u32, usize) {
        (self.child, self.slot, self.foreign_key)
    }
}

impl IdentityMap {
    /// Returns the pending references to these entities that have only a key.
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

    /// Returns the first reference by key that points to one of these objects, whose keys the
    /// database has just generated. The row that was meant is gone, or never existed.
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

    /// Returns an object with a pending reference to the given object itself, and not to the row
    /// that has its key: entity, slot and foreign key.
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
