//! The keys that references take from their objects, and give back.
//!
//! A flush gives an object its key as soon as the database has made it, so that the rows behind it can
//! refer to it. If the flush fails, or is undone later, all of these keys are taken back: the links are
//! what a reference knows by itself.

use std::any::Any;

use super::identity::IdentityMap;
use super::slot::State;
use super::table::Table;
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, Entity, Reference};

/// The keys that the running flush has given.
#[derive(Debug, Default)]
pub(crate) struct GivenKeys {
    /// To objects, by entity and slot.
    objects: Vec<(usize, u32)>,
    /// To references, by entity, slot and foreign key.
    references: Vec<(usize, u32, usize)>,
}

impl IdentityMap {
    /// Completes the references of all objects that wait whose targets have keys.
    pub(crate) fn complete_waiting(&mut self) {
        for entity in self.entities_that_refer() {
            let Some(table) = self.table(entity) else { continue };
            if !table.is_clean() {
                let waiting = table.waiting();
                self.complete(entity, &waiting);
            }
        }
    }

    /// Completes the references of some objects with the keys that their targets have by now.
    pub(crate) fn complete(&mut self, entity: usize, slots: &[u32]) {
        let Some(table) = self.table(entity) else { return };
        let references = table.meta().foreign_keys.iter().enumerate();
        let references = references.filter(|(_, reference)| reference.field.is_some());
        let references: Vec<_> =
            references.map(|(n, reference)| (n, (reference.target)().entity.index())).collect();
        if references.is_empty() {
            return;
        }
        for &slot in slots {
            for &(foreign_key, target) in &references {
                self.complete_one(entity, slot, foreign_key, target);
            }
        }
    }

    fn complete_one(&mut self, entity: usize, slot: u32, foreign_key: usize, target: usize) {
        let Some(table) = self.table(entity) else { return };
        let reference = table.reference(slot, foreign_key);
        let (Some(link), had_key) = (reference.link, reference.key.is_some()) else { return };
        let Some(at) = self.link_slot(link, target) else { return };
        let Some(targets) = self.table(target) else { return };
        if had_key && self.is_unmoved(table, slot, foreign_key, target) {
            // Where the target gets another key, the database passes it on.
            return;
        }
        let Some(key) = targets.current_key(at) else { return };
        let to = Reference::with_key(Some(link), Some(&*key));
        if let Some(table) = self.table_mut(entity) {
            table.complete_reference(slot, foreign_key, to);
            if !had_key {
                self.given.references.push((entity, slot, foreign_key));
            }
        }
    }

    /// An object leaves the map: new references to it go on with the key of its row.
    pub(super) fn hand_on_key(&mut self, target: usize, slot: u32) {
        let Some(key) = self.table(target).and_then(|table| table.current_key(slot)) else {
            return;
        };
        let link = self.raw_handle(target, slot);
        for entity in self.entities_that_refer() {
            let Some(table) = self.table(entity) else { continue };
            let references = table.meta().foreign_keys.iter().enumerate();
            let there = references.filter(|(_, reference)| {
                reference.field.is_some() && (reference.target)().entity.index() == target
            });
            let there: Vec<usize> = there.map(|(n, _)| n).collect();
            if there.is_empty() {
                continue;
            }
            // What a rollback has left may be added again.
            let may_lack_key: Vec<u32> =
                table.waiting().into_iter().chain(table.transient()).collect();
            let Some(table) = self.table_mut(entity) else { continue };
            for n in there {
                for &waiting in &may_lack_key {
                    let reference = table.reference(waiting, n);
                    if reference.link == link && reference.key.is_none() {
                        table.complete_reference(
                            waiting,
                            n,
                            Reference::with_key(link, Some(&*key)),
                        );
                    }
                }
            }
        }
    }

    /// Completes the references of a row that is not of the map.
    pub(crate) fn complete_row<T: Entity>(&self, row: &mut T) -> Result<()> {
        for (n, meta) in T::META.foreign_keys.iter().enumerate() {
            let target = (meta.target)();
            let reference = row.reference(n);
            let Some(link) = reference.link else {
                if reference.new.is_some() {
                    let reason =
                        "it brings a new object in a reference: add that to the session before";
                    return Err(not_written(row, reason));
                }
                continue;
            };
            let entity = target.entity.index();
            let key =
                self.link_slot(link, entity).and_then(|at| self.table(entity)?.current_key(at));
            let Some(key) = key else {
                let reason = "it refers to an object that is not stored, or not in this session";
                return Err(not_written(row, reason));
            };
            row.set_reference(n, Reference::with_key(Some(link), Some(&*key)));
        }
        Ok(())
    }

    /// Whether a reference leads where it leads in the row.
    fn is_unmoved(&self, table: &dyn Table, slot: u32, foreign_key: usize, target: usize) -> bool {
        if !table.header(slot).is_some_and(|header| header.touched()) {
            return false;
        }
        let now = self.target_slot(table.reference(slot, foreign_key), target);
        now.is_some() && now == self.target_slot(table.stored_reference(slot, foreign_key), target)
    }

    /// The columns of a touched object that differ from its row: a reference that was set to the same
    /// object in another way does not.
    pub(crate) fn without_unmoved(
        &self,
        table: &dyn Table,
        slot: u32,
        columns: ColumnSet,
    ) -> ColumnSet {
        let mut changed = columns;
        for (n, reference) in table.meta().foreign_keys.iter().enumerate() {
            if reference.field.is_some()
                && reference.columns.iter().any(|&column| changed.contains(column))
                && self.is_unmoved(table, slot, n, (reference.target)().entity.index())
            {
                changed =
                    reference.columns.iter().fold(changed, |set, &column| set.without(column));
            }
        }
        changed
    }

    /// Gives an object the key that the database has made.
    pub(crate) fn give_key(&mut self, entity: usize, slot: u32, key: i64) {
        if let Some(table) = self.table_mut(entity) {
            table.set_auto_key(slot, Some(key));
            self.given.objects.push((entity, slot));
        }
    }

    /// The flush is entered: its keys stay.
    pub(crate) fn keep_given_keys(&mut self) {
        self.return_keys();
        self.given = GivenKeys::default();
    }

    /// The flush has failed: no key that it has given stays.
    pub(crate) fn take_back_keys(&mut self) {
        self.return_keys();
        let given = std::mem::take(&mut self.given);
        for (entity, slot, foreign_key) in given.references {
            self.forget_key(entity, slot, foreign_key);
        }
        for (entity, slot) in given.objects {
            if let Some(table) = self.table_mut(entity) {
                table.set_auto_key(slot, None);
            }
        }
    }

    /// The flush has failed, wherever: nothing that it has noted is left for the next one.
    pub(crate) fn take_back_flush(&mut self) {
        self.take_back_keys();
        self.take_back_cascades();
    }

    /// After a rollback: objects that are new again have lost their keys, and so do the references to
    /// them.
    pub(super) fn forget_lost_keys(&mut self) {
        let mut lost = false;
        self.each_table(|table| lost |= table.take_lost_keys());
        while lost {
            // An object that loses its reference may lose a part of its own key with it.
            lost = false;
            for entity in self.entities_that_refer() {
                for (slot, foreign_key) in self.references_to_keyless(entity) {
                    self.forget_key(entity, slot, foreign_key);
                    lost = true;
                }
            }
        }
    }

    fn references_to_keyless(&self, entity: usize) -> Vec<(u32, usize)> {
        let Some(table) = self.table(entity) else { return Vec::new() };
        let mut found = Vec::new();
        for (n, reference) in table.meta().foreign_keys.iter().enumerate() {
            if reference.field.is_none() {
                continue;
            }
            let target = (reference.target)().entity.index();
            let Some(targets) = self.table(target) else { continue };
            let keyless = |slot: &u32| {
                let reference = table.reference(*slot, n);
                let link = reference.link.filter(|_| reference.key.is_some());
                link.and_then(|link| self.link_slot(link, target))
                    .is_some_and(|slot| !targets.has_key(slot))
            };
            found.extend(table.all().into_iter().filter(keyless).map(|slot| (slot, n)));
        }
        found
    }

    fn forget_key(&mut self, entity: usize, slot: u32, foreign_key: usize) {
        let Some(table) = self.table_mut(entity) else { return };
        let link = table.reference(slot, foreign_key).link;
        table.complete_reference(slot, foreign_key, Reference::with_key(link, None));
    }

    pub(super) fn entities_that_refer(&self) -> Vec<usize> {
        let refers = |table: &dyn Table| {
            table.meta().foreign_keys.iter().any(|reference| reference.field.is_some())
        };
        let tables = self.tables().filter(|(_, table)| refers(*table));
        tables.map(|(entity, _)| entity).collect()
    }

    /// The object that a reference leads to, if it waits to be inserted. `by_key` finds new objects by
    /// the keys that they were given.
    pub(crate) fn pending_target(
        &self,
        reference: Reference<'_>,
        target: usize,
        by_key: impl Fn(&dyn Any) -> Option<u32>,
    ) -> Option<u32> {
        let table = self.table(target)?;
        match self.target_slot(reference, target) {
            Some(slot) => (table.header(slot)?.state() == State::Pending).then_some(slot),
            None => by_key(reference.key?),
        }
    }
}

/// A row that is not of the map cannot be written.
fn not_written<T: Entity>(row: &T, reason: &'static str) -> Error {
    let key = row.key().map(|key| format!("{key:?}"));
    Error::State { entity: T::META.name, key, action: "written", reason }
}
