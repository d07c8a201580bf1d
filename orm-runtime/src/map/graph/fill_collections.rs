//! Enters the result of a load in the collections of its owners.

use super::IdentityMap;
use super::collection_state::CollectionIndex;
use crate::map::store::BySlot;
use crate::map::store::SlotRef;
use crate::mapping::RelationshipMeta;

impl IdentityMap {
    /// Enters what a load has found for some owners, in the order of the result. Objects with edits
    /// are entered in the collections of their rows, and in those of their references.
    pub(crate) fn enter_loaded(
        &mut self,
        relationship: &'static RelationshipMeta,
        owners: &[u32],
        found: &[u32],
        part: bool,
    ) {
        // Collections without rows are known too.
        self.arena_dyn_of(relationship.made_by().0).watch();
        let Some(edge) = self.collections.edge(relationship) else { return };
        let CollectionIndex { child, foreign_key, parent, refers, .. } =
            self.collections.edges[edge];
        // The object that was accessed last is fixed up first, because its previous targets are
        // those of the old lists.
        self.fix_up_entity(child);
        let age = self.age();
        let (Some(children), Some(parents)) = (self.arena_dyn(child), self.arena_dyn(parent))
        else {
            return;
        };
        let places: BySlot<usize> = owners.iter().copied().zip(0..).collect();
        // The lists are allocated when their lengths are known.
        let (mut entries, mut lengths) = (Vec::with_capacity(found.len()), vec![0; owners.len()]);
        let (mut moved, mut last) = (Vec::new(), None);
        let mut enter = |owner: Option<u32>, slot_ref: SlotRef, again: bool| {
            let Some(owner) = owner else { return };
            // Objects of the same owner usually follow one another.
            let known = last.and_then(|(last, place)| (last == owner).then_some(place));
            let Some(place) = known.or_else(|| places.get(&owner).copied()) else { return };
            last = Some((owner, place));
            lengths[place] += 1;
            entries.push((place, slot_ref, again));
        };
        children.each_reference(found, foreign_key, &mut |slot_ref, touched, reference| {
            let now = self.target_slot(reference, parent);
            if touched {
                let stored = children.stored_reference(slot_ref.slot(), foreign_key);
                enter(self.target_slot(stored, parent), slot_ref, true);
                moved.push(slot_ref.slot());
            }
            enter(now, slot_ref, touched);
        });
        if !part {
            // An object that was accessed mutably but not changed is where its row was found, or
            // nowhere.
            let came = |slot: &u32| {
                self.is(refers, *slot) && self.writes_reference(child, *slot, foreign_key)
            };
            for slot in children.waiting().into_iter().filter(came) {
                let now = self.target_slot(children.reference(slot, foreign_key), parent);
                enter(now, children.slot_ref(slot), true);
                moved.push(slot);
            }
        }
        let mut lists: Vec<Vec<SlotRef>> = lengths.into_iter().map(Vec::with_capacity).collect();
        for (place, slot_ref, again) in entries {
            if !(again && lists[place].contains(&slot_ref)) {
                lists[place].push(slot_ref);
            }
        }
        let generation = |&owner: &u32| Some(parents.header(owner)?.generation());
        let generations: Vec<Option<u32>> = owners.iter().map(generation).collect();
        let edge = &mut self.collections.edges[edge];
        edge.moved.extend(moved);
        edge.owners.reserve(owners.len());
        for ((&owner, generation), list) in owners.iter().zip(generations).zip(lists) {
            let Some(generation) = generation else { continue };
            let members = edge.members_mut(owner, generation);
            if part {
                members.part = Some(list);
            } else {
                members.list = list;
                members.complete = true;
                members.age = age;
                members.expired = false;
            }
        }
    }
}
