//! Which rows of a planned flush must be written before which others because of references, so that
//! the steps can be reordered.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::{Action, Step};
use crate::map::{ErasedArena, IdentityMap, KeyFinder};
use crate::mapping::ColumnSet;

/// The rows of all steps, numbered, and then the steps: a row that must wait for the number of a
/// step waits for all rows of the step.
#[derive(Debug)]
pub(super) struct Rows {
    begins: Vec<usize>,
}

impl Rows {
    pub(super) fn of(steps: &[Step]) -> Self {
        let mut begins = vec![0];
        begins.extend(steps.iter().scan(0, |rows, step| {
            *rows += step.slots.len();
            Some(*rows)
        }));
        Rows { begins }
    }

    /// Returns the number of a row.
    pub(super) fn number(&self, (step, at): (usize, usize)) -> usize {
        self.begins[step] + at
    }

    /// Returns the numbers of the rows of a step.
    pub(super) fn of_step(&self, step: usize) -> std::ops::Range<usize> {
        self.begins[step]..self.begins[step + 1]
    }

    /// Returns how many rows there are.
    pub(super) fn count(&self) -> usize {
        self.begins.last().copied().unwrap_or_default()
    }

    /// Returns the number of a step.
    pub(super) fn step(&self, step: usize) -> usize {
        self.count() + step
    }

    /// Returns the step of a row, if the number is that of a row.
    pub(super) fn step_of(&self, row: usize) -> Option<usize> {
        let step = self.begins.partition_point(|&begin| begin <= row);
        (row < self.count()).then(|| step.saturating_sub(1))
    }
}

/// Returns pairs of numbers: a waiting row, and the row or step that it waits for. In the
/// current order of the steps, each row waits only for earlier rows.
pub(super) fn dependencies(map: &IdentityMap, steps: &[Step], rows: &Rows) -> Vec<(usize, usize)> {
    let mut search = Search { map, steps, rows, pairs: Vec::new() };
    for step in 0..steps.len() {
        search.pairs.extend(rows.of_step(step).map(|row| (rows.step(step), row)));
    }
    search.one_object_in_order();
    search.keys_in_order();
    search.targets_first();
    search.referring_rows_before_deleted();
    search.pairs
}

struct Search<'a> {
    map: &'a IdentityMap,
    steps: &'a [Step],
    rows: &'a Rows,
    pairs: Vec<(usize, usize)>,
}

/// The targets that the steps so far create: rows by their objects, steps by entity, and a finder
/// of new objects by their keys.
#[derive(Default)]
struct Made {
    rows: ByObject<Vec<usize>>,
    steps: BTreeMap<usize, Vec<usize>>,
    finders: BTreeMap<usize, KeyFinder>,
}

type ByObject<V> = HashMap<(usize, u32), V, RandomState>;

impl<'a> Search<'a> {
    /// Iterates over the rows with their numbers, in order.
    fn each(&self) -> impl Iterator<Item = (usize, &'a Step, u32, usize)> + use<'a> {
        let (steps, rows) = (self.steps, self.rows);
        steps.iter().enumerate().flat_map(move |(n, step)| {
            let slots = step.slots.iter().enumerate();
            slots.map(move |(at, &slot)| (n, step, slot, rows.number((n, at))))
        })
    }

    /// Keeps the order of the operations on one object, which has rows in several tables, or is
    /// written twice.
    fn one_object_in_order(&mut self) {
        let mut last: ByObject<usize> = HashMap::default();
        for (_, step, slot, row) in self.each() {
            for slot in [slot, step.row(slot)] {
                let before = last.insert((step.entity, slot), row);
                if let Some(before) = before.filter(|&before| before != row) {
                    self.pairs.push((row, before));
                }
            }
        }
    }

    /// Keeps the order of key changes.
    fn keys_in_order(&mut self) {
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, step, _, row) in self.each() {
            if matches!(step.action, Action::Park | Action::Rekey(_) | Action::Unpark(_))
                && let Some(before) = last.insert(step.entity, row)
            {
                self.pairs.push((row, before));
            }
        }
    }

    /// Puts a row after the rows that it references, if these are new or get another key.
    fn targets_first(&mut self) {
        let mut made = Made::default();
        for (n, step) in self.steps.iter().enumerate() {
            let Some(arena) = self.map.arena_dyn(step.entity) else { continue };
            let rows = || step.slots.iter().zip(self.rows.of_step(n));
            if step.action.makes_targets() {
                for (&slot, row) in rows() {
                    made.rows.entry((step.entity, slot)).or_default().push(row);
                }
            }
            if let Some(written) = step.action.written() {
                for (&slot, row) in rows() {
                    self.targets_of(arena, slot, written, &mut made, row);
                }
            }
            if step.action.makes_targets() {
                made.steps.entry(step.entity).or_default().push(n);
            }
        }
    }

    fn targets_of(
        &mut self,
        arena: &dyn ErasedArena,
        slot: u32,
        written: ColumnSet,
        made: &mut Made,
        row: usize,
    ) {
        for (n, foreign_key) in arena.meta().foreign_keys.iter().enumerate() {
            if !foreign_key.columns.iter().any(|&column| written.contains(column)) {
                continue;
            }
            let target = (foreign_key.target)().entity.index();
            let reference = arena.reference(slot, n);
            if foreign_key.field.is_some() && reference.is_null() {
                continue;
            }
            let stored = self.map.target_slot(reference, target);
            let found = stored.or_else(|| {
                let targets = self.map.arena_dyn(target)?;
                let finder = made.finders.entry(target).or_insert_with(|| targets.new_by_key());
                finder.find(reference.key?)
            });
            match found.map(|found| made.rows.get(&(target, found))) {
                Some(makers) => {
                    // Within the step of the row, only the rows before it count.
                    let makers = makers.into_iter().flatten().filter(|&&maker| maker < row);
                    self.pairs.extend(makers.map(|&maker| (row, maker)));
                }
                // The target of a plain column, or of a key that is not set yet, is not known; it
                // may be any row.
                None => {
                    let steps = made.steps.get(&target).into_iter().flatten();
                    self.pairs.extend(steps.map(|&step| (row, self.rows.step(step))));
                }
            }
        }
    }

    /// Puts the deletion of a row after the rows that reference it are deleted or no longer
    /// reference it.
    fn referring_rows_before_deleted(&mut self) {
        let mut deleted: ByObject<Vec<usize>> = HashMap::default();
        let mut deleting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (n, step, slot, row) in self.each() {
            if step.action == Action::Delete {
                deleted.entry((step.entity, slot)).or_default().push(row);
                let steps = deleting.entry(step.entity).or_default();
                if steps.last() != Some(&n) {
                    steps.push(n);
                }
            }
        }
        if deleted.is_empty() {
            return;
        }
        for (n, step) in self.steps.iter().enumerate() {
            let Some(arena) = self.map.arena_dyn(step.entity) else { continue };
            for (at, foreign_key) in arena.meta().foreign_keys.iter().enumerate() {
                let stops = |&column: &usize| step.action.stops_referencing(column);
                let target = (foreign_key.target)().entity.index();
                let Some(later) = deleting.get(&target) else { continue };
                if !foreign_key.columns.iter().any(stops) {
                    continue;
                }
                if foreign_key.field.is_none() {
                    for &later in later.iter().filter(|&&later| later > n) {
                        let rows = self.rows.of_step(later);
                        self.pairs.extend(rows.map(|row| (row, self.rows.step(n))));
                    }
                    continue;
                }
                for (place, &slot) in step.slots.iter().enumerate() {
                    let stored = arena.stored_reference(step.row(slot), at);
                    let found = self.map.target_slot(stored, target);
                    let deleted = found.and_then(|found| deleted.get(&(target, found)));
                    let row = self.rows.number((n, place));
                    let later = self.rows.of_step(n).end;
                    let later = deleted.into_iter().flatten().filter(|&&it| it >= later);
                    self.pairs.extend(later.map(|&deleted| (deleted, row)));
                }
            }
        }
    }
}

impl Action {
    /// Returns the columns in which the step writes references.
    fn written(&self) -> Option<ColumnSet> {
        match self {
            Action::Insert { columns, .. }
            | Action::RowSwitch { columns, .. }
            | Action::Update(columns)
            | Action::Rekey(columns)
            | Action::Unpark(columns)
            | Action::SetReferences(columns) => Some(*columns),
            Action::Park
            | Action::ClearUnique(_)
            | Action::Nullify(_)
            | Action::Delete
            | Action::SoftDelete(_) => None,
        }
    }

    /// Returns `true` if other rows can reference the rows of the step only after it.
    fn makes_targets(&self) -> bool {
        matches!(
            self,
            Action::Insert { .. }
                | Action::RowSwitch { .. }
                | Action::Rekey(_)
                | Action::Park
                | Action::Unpark(_)
        )
    }

    /// Returns `true` if a stored row no longer references its previous target by a column.
    fn stops_referencing(&self, column: usize) -> bool {
        match self {
            Action::Delete => true,
            Action::RowSwitch { columns, .. }
            | Action::Update(columns)
            | Action::Rekey(columns)
            | Action::Unpark(columns)
            | Action::Nullify(columns) => columns.contains(column),
            _ => false,
        }
    }
}
