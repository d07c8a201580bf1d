//! The steps that delete: rows are deleted before the rows that they reference.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::order::Group;
use super::toposort::{Dependency, Layers, layers};
use super::{Action, FlushPlan, tables};
use crate::map::{ErasedArena, IdentityMap};
use crate::mapping::ColumnSet;

impl FlushPlan {
    /// Deletes rows of some tables, which may reference each other: MySQL checks each row
    /// separately.
    pub(super) fn delete(&mut self, map: &IdentityMap, group: &Group) {
        let mut rows = Vec::new();
        for &entity in group.entities.iter().rev() {
            let Some(arena) = map.arena_dyn(entity) else { continue };
            let slots = self.removed(entity, arena);
            rows.extend(slots.into_iter().map(|slot| (entity, slot)));
        }
        let dependencies = dependencies(map, group, &rows);
        let places: Vec<usize> = rows
            .iter()
            .map(|(entity, _)| group.entities.iter().rev().position(|e| e == entity))
            .map(Option::unwrap_or_default)
            .collect();
        let plain: Vec<Dependency> =
            dependencies.iter().map(|(dependency, _)| *dependency).collect();
        let sorted =
            layers(&places, &plain, |dependency| dependency.to).unwrap_or_else(|_| Layers {
                // The database may delete them in one statement, or will return an error.
                rows: (0_u32..).zip(&rows).map(|(n, _)| (0, n)).collect(),
                postponed: Vec::new(),
            });
        self.disconnect(map, &rows, &sorted.postponed, &dependencies);
        let first = self.steps.len();
        let (mut begin, mut last) = (first, 0);
        for &(layer, row) in &sorted.rows {
            if layer != last {
                (begin, last) = (self.steps.len(), layer);
            }
            let (entity, slot) = rows[row as usize];
            let Some(arena) = map.arena_dyn(entity) else { continue };
            match self.steps[begin..].last_mut() {
                Some(step) if step.entity == entity => step.slots.push(slot),
                _ => self.push(entity, arena, Action::Delete, vec![slot]),
            }
        }
        self.delete_kinds(map, first);
    }

    /// Deletes the rows in the tables of subtypes before those of the base, whose keys they share.
    fn delete_kinds(&mut self, map: &IdentityMap, first: usize) {
        for step in self.steps.split_off(first) {
            if let Some(arena) = map.arena_dyn(step.entity) {
                for n in (1..tables::count(arena.meta())).rev() {
                    let slots = step.slots.iter().copied();
                    let slots: Vec<u32> =
                        slots.filter(|&slot| tables::has_row(arena, slot, n)).collect();
                    if !slots.is_empty() {
                        self.push_on(step.entity, arena, n, Action::Delete, slots);
                    }
                }
            }
            self.steps.push(step);
        }
    }

    /// Returns the rows to remove. Marks the soft-deleted rows here, in no particular order.
    fn removed(&mut self, entity: usize, arena: &dyn ErasedArena) -> Vec<u32> {
        let switched: Vec<u32> = self
            .steps
            .iter()
            .filter(|step| step.entity == entity)
            .filter_map(|step| match step.action {
                Action::RowSwitch { old, .. } => Some(old),
                _ => None,
            })
            .collect();
        let mut slots = arena.delete_pending();
        slots.retain(|slot| !switched.contains(slot));
        if let Some(column) = arena.meta().soft_delete {
            let (purged, kept) = slots.into_iter().partition(|&slot| arena.is_purged(slot));
            slots = purged;
            if !kept.is_empty() {
                self.push(entity, arena, Action::SoftDelete(column), kept);
            }
        }
        slots
    }

    /// Sets references to NULL first for which no order of the deletions is possible.
    fn disconnect(
        &mut self,
        map: &IdentityMap,
        rows: &[(usize, u32)],
        postponed: &[usize],
        dependencies: &[(Dependency, usize)],
    ) {
        // A dependency goes from the referenced row, which is deleted last.
        let mut columns = vec![ColumnSet::EMPTY; if postponed.is_empty() { 0 } else { rows.len() }];
        for &n in postponed {
            let (dependency, foreign_key) = dependencies[n];
            let (entity, _) = rows[dependency.to as usize];
            let Some(arena) = map.arena_dyn(entity) else { continue };
            let set = &mut columns[dependency.to as usize];
            for &column in arena.meta().foreign_keys[foreign_key].columns {
                *set = set.with(column, true);
            }
        }
        let mut disconnected: Vec<(usize, Vec<(u32, ColumnSet)>)> = Vec::new();
        for (&(entity, slot), columns) in rows.iter().zip(columns) {
            if columns.is_empty() {
                continue;
            }
            match disconnected.last_mut() {
                Some((last, rows)) if *last == entity => rows.push((slot, columns)),
                _ => disconnected.push((entity, vec![(slot, columns)])),
            }
        }
        for (entity, rows) in disconnected {
            let Some(arena) = map.arena_dyn(entity) else { continue };
            for n in 0..tables::count(arena.meta()) {
                for (columns, slots) in tables::shapes(tables::parts(arena.meta(), n, &rows)) {
                    self.push_on(entity, arena, n, Action::Nullify(columns), slots);
                }
            }
        }
    }
}

/// Returns which stored rows reference which others.
fn dependencies(
    map: &IdentityMap,
    group: &Group,
    rows: &[(usize, u32)],
) -> Vec<(Dependency, usize)> {
    let refers = |entity: usize| {
        map.arena_dyn(entity).is_some_and(|arena| {
            arena.meta().foreign_keys.iter().any(|reference| {
                reference.field.is_some()
                    && group.entities.contains(&(reference.target)().entity.index())
            })
        })
    };
    if rows.is_empty() || !group.entities.iter().any(|&entity| refers(entity)) {
        return Vec::new();
    }
    let places: HashMap<(usize, u32), u32, RandomState> =
        (0_u32..).zip(rows).map(|(n, row)| (*row, n)).collect();
    let mut dependencies = Vec::new();
    for (referring, &(entity, slot)) in (0_u32..).zip(rows) {
        let Some(arena) = map.arena_dyn(entity) else { continue };
        for (n, reference) in arena.meta().foreign_keys.iter().enumerate() {
            if reference.field.is_none() {
                continue;
            }
            let target = (reference.target)().entity.index();
            let stored = arena.stored_reference(slot, n);
            let found = map.target_slot(stored, target);
            let Some(&from) = found.and_then(|slot| places.get(&(target, slot))) else { continue };
            let optional = reference.nullable;
            // MySQL does not delete a row that references itself, as if another row referenced it.
            if from != referring || optional && tables::holds_itself(arena.meta(), n) {
                let (to, together) = (referring, false);
                dependencies.push((Dependency { from, to, optional, together, reference: n }, n));
            }
        }
    }
    dependencies
}
