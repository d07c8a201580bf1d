//! The unique values that the rows of a flush free and take: which row must wait for which.

use std::collections::HashMap;

use diesel::QueryResult;
use foldhash::fast::RandomState;

use super::{Action, Step, tables};
use crate::backend::{Binds, Bound, SqlWriter, bound};
use crate::map::{ErasedArena, IdentityMap};
use crate::mapping::{ColumnSet, EntityMeta, GeneratedBy};
use crate::types::ColumnType;

/// Columns of one table in which no two rows may have the same values.
#[derive(Debug, Clone)]
pub(super) struct UniqueSet {
    /// The subtypes of a hierarchy in one table may share a column, which has another position in
    /// each of them.
    alternatives: Vec<Vec<usize>>,
    /// An SQL condition on the rows that count. It cannot be evaluated here.
    condition: Option<&'static str>,
    /// `true` for the primary key.
    pub(super) is_key: bool,
}

/// A row that takes a unique value, and the row that frees it.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The step, and the position in it.
    pub(super) taker: (usize, usize),
    /// The step, and the position in it.
    pub(super) freer: (usize, usize),
    /// The columns, as the freer has them.
    pub(super) columns: Vec<usize>,
    /// `true` for the primary key.
    pub(super) is_key: bool,
    /// `false` if the values are equal only in some collations, or count only under a condition.
    pub(super) certain: bool,
}

/// Finds the rows that take values which other rows free in the same flush. Values are compared
/// only if one step may free what another step, or the same step, may take.
pub(super) fn claims(map: &IdentityMap, steps: &[Step]) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut seen: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        let Some(table) = map.arena_dyn(step.entity).filter(|table| may_free(table.meta(), step))
        else {
            continue;
        };
        if seen.contains(&(step.entity, step.table)) {
            continue;
        }
        seen.push((step.entity, step.table));
        let of_table: Vec<(usize, &Step)> = (0..)
            .zip(steps)
            .filter(|(_, it)| (it.entity, it.table) == (step.entity, step.table))
            .collect();
        for set in UniqueSet::of(table.meta(), step.table, &of_table) {
            set.claims(map, table, &of_table, &mut claims);
        }
    }
    claims
}

/// Returns `true` if the rows of a step may free a unique value, or their keys.
fn may_free(meta: &EntityMeta, step: &Step) -> bool {
    let written = match step.action {
        Action::Insert { .. } | Action::SetReferences(_) | Action::ClearUnique(_) => return false,
        Action::Park | Action::Rekey(_) | Action::Unpark(_) => return true,
        Action::Delete | Action::SoftDelete(_) => None,
        Action::Update(written)
        | Action::Nullify(written)
        | Action::RowSwitch { columns: written, .. } => Some(written),
    };
    let is_written = |column: usize| written.is_none_or(|written| written.contains(column));
    let mut columns = meta.columns.iter().enumerate();
    let mut indexes = meta.indexes.iter();
    columns.any(|(n, column)| column.unique && is_written(n))
        || indexes.any(|index| index.unique && index.columns.iter().any(|&it| is_written(it)))
}

impl UniqueSet {
    /// Returns the sets of one table. The primary key is included only if keys change, because a
    /// new object with the key of a deleted one takes over its row.
    fn of(meta: &EntityMeta, table: usize, steps: &[(usize, &Step)]) -> Vec<UniqueSet> {
        let here = |columns: &[usize]| {
            columns.iter().all(|&it| tables::part_of(meta, table).contains(it))
                && !columns.iter().any(|&it| {
                    // Only the database knows its new value.
                    matches!(meta.columns[it].generated, Some(GeneratedBy::Computed(_)))
                })
        };
        let mut sets: Vec<UniqueSet> = Vec::new();
        let mut add = |columns: &[usize], condition| {
            let names = |of: &[usize]| -> Vec<&str> {
                of.iter().map(|&column| meta.columns[column].name).collect()
            };
            let same = |set: &&mut UniqueSet| {
                set.condition == condition && names(&set.alternatives[0]) == names(columns)
            };
            match sets.iter_mut().find(same) {
                Some(set) => set.alternatives.push(columns.to_vec()),
                None => sets.push(UniqueSet {
                    alternatives: vec![columns.to_vec()],
                    condition,
                    is_key: false,
                }),
            }
        };
        for (n, column) in meta.columns.iter().enumerate() {
            if column.unique && here(&[n]) {
                add(&[n], None);
            }
        }
        for index in meta.indexes.iter().filter(|index| index.unique && here(index.columns)) {
            add(index.columns, index.condition);
        }
        let moves = |step: &Step| matches!(step.action, Action::Rekey(_) | Action::Unpark(_));
        if table == 0 && steps.iter().any(|(_, step)| moves(step)) {
            let alternatives = vec![meta.key.to_vec()];
            sets.push(UniqueSet { alternatives, condition: None, is_key: true });
        }
        sets
    }

    fn claims(
        &self,
        map: &IdentityMap,
        arena: &dyn ErasedArena,
        steps: &[(usize, &Step)],
        claims: &mut Vec<Claim>,
    ) {
        let meta = arena.meta();
        let frees = |step: &Step| self.alternatives.iter().any(|it| self.frees(meta, step, it));
        let takes = |step: &Step| self.alternatives.iter().any(|it| self.takes(step, it));
        if !steps.iter().any(|(_, step)| frees(step)) || !steps.iter().any(|(_, step)| takes(step))
        {
            return;
        }
        let mut freed: HashMap<Vec<Bound>, Vec<Freed<'_>>, RandomState> = HashMap::default();
        for &(n, step) in steps.iter().filter(|(_, step)| frees(step)) {
            for (at, &slot) in step.slots.iter().enumerate() {
                let row = step.row(slot);
                let Some(columns) = self.columns_of(arena, row) else { continue };
                let before = Value::of(map, arena, row, columns, true);
                let Some(before) = before.filter(|_| self.frees(meta, step, columns)) else {
                    continue;
                };
                if self.takes(step, columns)
                    && Value::of(map, arena, slot, columns, false).as_ref() == Some(&before)
                {
                    continue;
                }
                let freer = Freed { op: (n, at), row, columns, exact: before.exact };
                freed.entry(before.folded).or_default().push(freer);
            }
        }
        for &(n, step) in steps.iter().filter(|(_, step)| takes(step)) {
            for (at, &slot) in step.slots.iter().enumerate() {
                let Some(columns) = self.columns_of(arena, slot) else { continue };
                if !self.takes(step, columns) {
                    continue;
                }
                let Some(after) = Value::of(map, arena, slot, columns, false) else { continue };
                for freer in freed.get(&after.folded).into_iter().flatten() {
                    if freer.row != step.row(slot) && freer.row != slot {
                        claims.push(Claim {
                            taker: (n, at),
                            freer: freer.op,
                            columns: freer.columns.to_vec(),
                            is_key: self.is_key,
                            certain: freer.exact == after.exact && self.condition.is_none(),
                        });
                    }
                }
            }
        }
    }

    /// Returns the columns of an object, if it has them.
    fn columns_of(&self, arena: &dyn ErasedArena, slot: u32) -> Option<&[usize]> {
        let has = arena.has(slot);
        let mut alternatives = self.alternatives.iter();
        let has_all = |columns: &&Vec<usize>| columns.iter().all(|&it| has.contains(it));
        alternatives.find(has_all).map(Vec::as_slice)
    }

    /// Returns `true` if the rows of a step may free their values in these columns.
    fn frees(&self, meta: &EntityMeta, step: &Step, columns: &[usize]) -> bool {
        match &step.action {
            Action::Delete => true,
            // The row keeps its values, but may leave an index with a condition on this column.
            Action::SoftDelete(header) => {
                self.condition.is_some_and(|it| it.contains(meta.columns[*header].name))
            }
            Action::Park => self.is_key,
            Action::Unpark(written) => !self.is_key && is_touched(columns, *written),
            Action::Update(written)
            | Action::Rekey(written)
            | Action::Nullify(written)
            | Action::RowSwitch { columns: written, .. } => is_touched(columns, *written),
            Action::Insert { .. } | Action::SetReferences(_) | Action::ClearUnique(_) => false,
        }
    }

    /// Returns `true` if the rows of a step may take other values in these columns.
    fn takes(&self, step: &Step, columns: &[usize]) -> bool {
        match &step.action {
            // A column that it does not give is NULL until later, or is generated by the database.
            Action::Insert { columns: given, .. } => columns.iter().all(|&it| given.contains(it)),
            Action::Update(written)
            | Action::Rekey(written)
            | Action::Unpark(written)
            | Action::SetReferences(written)
            | Action::RowSwitch { columns: written, .. } => is_touched(columns, *written),
            Action::Park
            | Action::ClearUnique(_)
            | Action::Nullify(_)
            | Action::Delete
            | Action::SoftDelete(_) => false,
        }
    }
}

fn is_touched(columns: &[usize], written: ColumnSet) -> bool {
    columns.iter().any(|&column| written.contains(column))
}

/// A value that a row frees.
struct Freed<'s> {
    op: (usize, usize),
    /// The slot of the stored row.
    row: u32,
    columns: &'s [usize],
    exact: Vec<Bound>,
}

/// The values of a row in the columns of a set.
#[derive(Debug, PartialEq, Eq)]
struct Value {
    exact: Vec<Bound>,
    /// Normalised, so that strings which some collation treats as equal are equal.
    folded: Vec<Bound>,
}

impl Value {
    /// Returns the values of a row, as it is stored or as it will be. Returns `None` if a value is
    /// NULL, which equals nothing, or is not known.
    fn of(
        map: &IdentityMap,
        arena: &dyn ErasedArena,
        slot: u32,
        columns: &[usize],
        stored: bool,
    ) -> Option<Value> {
        let exact: Option<Vec<Bound>> =
            columns.iter().map(|&column| value_of(map, arena, slot, column, stored)).collect();
        let exact = exact?;
        let kind = |column: usize| arena.meta().columns[column].kind;
        let folded = exact.iter().zip(columns).map(|(value, &column)| match kind(column) {
            ColumnType::Text => Bound(value.0.trim_end().to_lowercase()),
            _ => value.clone(),
        });
        Some(Value { folded: folded.collect(), exact })
    }
}

/// Returns the value of a row in a column. For a reference to an object in memory this is the key
/// of the object's row, even if the key changes or is not in the reference yet.
fn value_of(
    map: &IdentityMap,
    arena: &dyn ErasedArena,
    slot: u32,
    column: usize,
    stored: bool,
) -> Option<Bound> {
    for (n, foreign_key) in arena.meta().foreign_keys.iter().enumerate() {
        let part = foreign_key.columns.iter().position(|&it| it == column);
        let Some(part) = part.filter(|_| foreign_key.field.is_some()) else { continue };
        let reference =
            if stored { arena.stored_reference(slot, n) } else { arena.reference(slot, n) };
        let target = (foreign_key.target)().entity.index();
        let Some(at) = map.target_slot(reference, target) else { continue };
        let arena = map.arena_dyn(target)?;
        let column = *arena.meta().key.get(part)?;
        if !arena.has_key(at) {
            // No stored row references a row that has no key yet.
            return None;
        }
        return bound(&OneValue { arena, slot: at, column, stored: true });
    }
    let value = bound(&OneValue { arena, slot, column, stored })?;
    Some(match arena.meta().columns[column].kind {
        // Compared as numbers, so trailing zeros do not count.
        ColumnType::Decimal if value.0.contains('.') => {
            Bound(value.0.trim_end_matches('0').trim_end_matches('.').to_owned())
        }
        _ => value,
    })
}

/// One value of one row.
struct OneValue<'a> {
    arena: &'a dyn ErasedArena,
    slot: u32,
    column: usize,
    stored: bool,
}

impl Binds for OneValue<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self.stored {
            true => self.arena.bind_stored(self.slot, self.column, pass),
            false => self.arena.bind(self.slot, ColumnSet::EMPTY.with(self.column, true), pass),
        }
    }
}
