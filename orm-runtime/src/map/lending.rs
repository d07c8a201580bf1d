//! Rows that are found by keys which the running flush has changed: a new key of an object is passed on by
//! the database to the rows that have it in their own. Until the flush is over, their statements find
//! them by it.

use super::identity::IdentityMap;
use crate::mapping::Reference;

/// A stored reference that says meanwhile what is in the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lent {
    child: usize,
    slot: u32,
    foreign_key: usize,
    target: (usize, u32),
}

impl IdentityMap {
    /// The row of an object has got a new key: rows with a part of it in their own are found by that.
    pub(crate) fn lend_key(&mut self, entity: usize, slot: u32) {
        let mut first = true;
        let mut targets = vec![(entity, slot)];
        while !targets.is_empty() {
            let mut next = Vec::new();
            for target in targets {
                for lent in self.found_by(target) {
                    let key = self.table(target.0).and_then(|table| match first {
                        true => table.current_key(target.1),
                        false => table.row_key(target.1),
                    });
                    self.set_lent(lent, key.as_deref());
                    self.lent.push(lent);
                    next.push((lent.child, lent.slot));
                }
            }
            (targets, first) = (next, false);
        }
    }

    /// All statements are sent: what is stored is what was stored, until the flush is entered.
    pub(crate) fn return_keys(&mut self) {
        for lent in std::mem::take(&mut self.lent) {
            let key = self.table(lent.target.0).and_then(|table| table.row_key(lent.target.1));
            self.set_lent(lent, key.as_deref());
        }
    }

    fn set_lent(&mut self, lent: Lent, key: Option<&(dyn std::any::Any + 'static)>) {
        let Lent { child, slot, foreign_key, .. } = lent;
        let Some(table) = self.table_mut(child) else { return };
        let link = table.stored_reference(slot, foreign_key).link;
        table.set_stored_reference(slot, foreign_key, Reference::with_key(link, key));
    }

    /// The objects that wait to be written and whose rows have the key of this one in their own.
    fn found_by(&self, target: (usize, u32)) -> Vec<Lent> {
        let mut found = Vec::new();
        for (child, table) in self.tables() {
            let meta = table.meta();
            for (foreign_key, reference) in meta.foreign_keys.iter().enumerate() {
                let is_key = reference.columns.iter().any(|column| meta.key.contains(column));
                let leads_there = (reference.target)().entity.index() == target.0;
                if reference.field.is_none() || !is_key || !leads_there || table.is_clean() {
                    continue;
                }
                let leads = |slot: &u32| {
                    let stored = table.stored_reference(*slot, foreign_key);
                    !table.is_pending(*slot) && self.target_slot(stored, target.0) == Some(target.1)
                };
                let mut slots: Vec<u32> =
                    table.waiting().into_iter().chain(table.delete_pending()).collect();
                slots.sort_unstable();
                slots.dedup();
                let slots = slots.into_iter().filter(leads);
                found.extend(slots.map(|slot| Lent { child, slot, foreign_key, target }));
            }
        }
        found
    }
}
