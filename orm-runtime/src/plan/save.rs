//! The steps that save: changed keys, new rows, changed rows, and references that could not be
//! written with their rows.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use super::check::{check, circle, taken_by_other_kind, unset};
use super::order::Group;
use super::toposort::{Dependency, layers};
use super::{Action, FlushPlan, tables};
use crate::error::Result;
use crate::map::{BELIEVE_ALL, ErasedArena, IdentityMap, KeyFinder, State};
use crate::mapping::ColumnSet;

/// A new row, and its columns that are written later.
#[derive(Debug, Clone, Copy)]
struct NewRow {
    entity: usize,
    slot: u32,
    postponed: ColumnSet,
}

impl FlushPlan {
    /// Saves some tables: changed rows first, because they may free a value that a new row takes.
    /// Changed rows that reference new rows come after these.
    pub(super) fn save(&mut self, map: &IdentityMap, group: &Group) -> Result<()> {
        let arenas =
            || group.entities.iter().filter_map(|&entity| Some((entity, map.arena_dyn(entity)?)));
        let mut waiting = Vec::new();
        for (entity, arena) in arenas() {
            let rows = arena.changed().into_iter().filter_map(|(slot, columns)| {
                let columns = map.without_unmoved(arena, slot, columns);
                (!columns.is_empty()).then_some((slot, columns))
            });
            let rows: Vec<_> = rows.collect();
            check(map, arena, &rows)?;
            let meta = arena.meta();
            let (rekeyed, rest): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .partition(|(_, columns)| meta.key.iter().any(|&part| columns.contains(part)));
            let (after_new, rekeyed): (Vec<_>, Vec<_>) = rekeyed
                .into_iter()
                .partition(|&(slot, columns)| leads_to_new(map, group, arena, slot, columns));
            self.rekey(entity, arena, &rekeyed);
            let (wait, ready): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|&(slot, columns)| waits(map, group, arena, slot, columns));
            self.update(entity, arena, ready);
            waiting.push((entity, arena, after_new, wait));
        }
        self.insert(map, group)?;
        for (entity, arena, rekeyed, rows) in waiting {
            self.rekey(entity, arena, &rekeyed);
            self.update(entity, arena, rows);
        }
        Ok(())
    }

    fn update(&mut self, entity: usize, arena: &dyn ErasedArena, rows: Vec<(u32, ColumnSet)>) {
        for n in 0..tables::count(arena.meta()) {
            self.update_in(entity, arena, n, &rows);
        }
    }

    /// Updates one of the tables.
    fn update_in(
        &mut self,
        entity: usize,
        arena: &dyn ErasedArena,
        n: usize,
        rows: &[(u32, ColumnSet)],
    ) {
        for (columns, slots) in tables::shapes(tables::changes(arena.meta(), n, rows)) {
            self.push_on(entity, arena, n, Action::Update(columns), slots);
        }
    }

    /// Orders updates that change keys, each after the one that frees its key. In each cycle one
    /// row gets a temporary key.
    fn rekey(&mut self, entity: usize, arena: &dyn ErasedArena, rekeyed: &[(u32, ColumnSet)]) {
        let columns_of = |slot: u32| {
            let found = rekeyed.iter().find(|(other, _)| *other == slot);
            found.map_or(ColumnSet::EMPTY, |(_, columns)| tables::part(arena.meta(), 0, *columns))
        };
        // When the key of the base changes, the database changes it in the other tables too. These
        // are updated first, so that their rows are found by the old key.
        for n in 1..tables::count(arena.meta()) {
            self.update_in(entity, arena, n, rekeyed);
        }
        let mut waiting: Vec<u32> = rekeyed.iter().map(|(slot, _)| *slot).collect();
        let mut parked = Vec::new();
        while !waiting.is_empty() {
            let (ordered, circular) = arena.order_key_changes(&waiting).into_parts();
            for slot in ordered {
                self.push(entity, arena, Action::Rekey(columns_of(slot)), vec![slot]);
            }
            waiting = circular;
            if !waiting.is_empty() {
                let first = waiting.remove(0);
                self.push(entity, arena, Action::Park, vec![first]);
                parked.push(first);
            }
        }
        for slot in parked {
            self.push(entity, arena, Action::Unpark(columns_of(slot)), vec![slot]);
        }
    }

    /// Inserts new rows in the order in which they were added, if they do not reference each other;
    /// then writes what could not be written with them.
    fn insert(&mut self, map: &IdentityMap, group: &Group) -> Result<()> {
        let mut rows = Vec::new();
        for &entity in &group.entities {
            let Some(arena) = map.arena_dyn(entity) else { continue };
            for slot in arena.pending() {
                // If the object takes over the row of a deleted one, columns without a value keep
                // the value of the row.
                if let Some(column) = arena.unset_column(slot)
                    && arena.switches_with(slot, BELIEVE_ALL).is_none()
                {
                    return Err(unset(arena, slot, column, None));
                }
                if arena.meta().hierarchy.is_some()
                    && let Some((_, differing)) = arena.switches_with(slot, BELIEVE_ALL)
                    && tables::other_kind(arena.meta(), differing)
                {
                    return Err(taken_by_other_kind(arena, slot));
                }
                rows.push(NewRow { entity, slot, postponed: ColumnSet::EMPTY });
            }
        }
        let dependencies = dependencies(map, group, &rows);
        let mut taken = BTreeSet::new();
        if dependencies.is_empty() {
            self.insert_rows(map, &rows.iter().collect::<Vec<_>>(), &mut taken);
            return Ok(());
        }
        let places: Vec<usize> = rows
            .iter()
            .map(|row| group.entities.iter().position(|&e| e == row.entity).unwrap_or_default())
            .collect();
        let (plain, foreign_keys): (Vec<Dependency>, Vec<usize>) = dependencies.into_iter().unzip();
        let mut sorted =
            layers(&places, &plain, |dependency| dependency.from).map_err(|dependencies| {
                let of = |n: usize| {
                    let (from, to) = (rows[plain[n].from as usize], rows[plain[n].to as usize]);
                    (from.entity, foreign_keys[n], to.entity)
                };
                circle(map, dependencies.into_iter().map(of))
            })?;
        for &dependency in &sorted.postponed {
            let row = &mut rows[plain[dependency].from as usize];
            let Some(arena) = map.arena_dyn(row.entity) else { continue };
            let columns = arena.meta().foreign_keys[foreign_keys[dependency]].columns;
            row.postponed =
                columns.iter().fold(row.postponed, |set, &column| set.with(column, true));
        }
        if !plain.iter().any(|dependency| dependency.together) {
            // Any order is correct inside a layer. This one lets rows with the same missing columns
            // share their statements.
            sorted.rows.sort_by_key(|&(layer, row)| {
                (layer, places[row as usize], rows[row as usize].postponed)
            });
        }
        for layer in sorted.rows.chunk_by(|one, other| one.0 == other.0) {
            let layer: Vec<_> = layer.iter().map(|&(_, row)| &rows[row as usize]).collect();
            self.insert_rows(map, &layer, &mut taken);
        }
        self.connect(map, group, &rows);
        Ok(())
    }

    /// Inserts rows that need no statement between them; rows of the base first.
    fn insert_rows(
        &mut self,
        map: &IdentityMap,
        rows: &[&NewRow],
        taken: &mut BTreeSet<(usize, u32)>,
    ) {
        let begin = self.steps.len();
        for rows in rows.chunk_by(|one, other| one.entity == other.entity) {
            let Some(arena) = map.arena_dyn(rows[0].entity) else { continue };
            let mut inserted = Vec::with_capacity(rows.len());
            for &row in rows {
                if !self.switch(map, arena, row, taken) {
                    self.insert_row(arena, row, 0, begin);
                    inserted.push(row);
                }
            }
            for n in 1..tables::count(arena.meta()) {
                let begin = self.steps.len();
                for row in &inserted {
                    self.insert_row(arena, row, n, begin);
                }
            }
        }
    }

    /// Lets a new object take over the row of a deleted one that has its key.
    fn switch(
        &mut self,
        map: &IdentityMap,
        arena: &dyn ErasedArena,
        row: &NewRow,
        taken: &mut BTreeSet<(usize, u32)>,
    ) -> bool {
        let &NewRow { entity, slot, postponed } = row;
        let switches = arena.switches_with(slot, map.write_horizon());
        let Some((old, columns)) = switches else { return false };
        if !taken.insert((entity, old)) {
            return false;
        }
        let meta = arena.meta();
        let columns = postponed.iter().chain(meta.version).fold(columns, ColumnSet::without);
        let written = !columns.is_empty();
        for n in 0..tables::count(meta) {
            let columns = tables::part(meta, n, columns);
            if n == 0 || !columns.is_empty() {
                let action = Action::RowSwitch { columns, old, written };
                self.push_on(entity, arena, n, action, vec![slot]);
            }
        }
        true
    }

    /// Adds a new row of one of the tables to a step that begins no earlier than `begin` and writes
    /// the same columns. It must be the last step, so that rows are inserted in the order in which
    /// they were added; for rows of several subtypes it may be any step.
    fn insert_row(&mut self, table: &dyn ErasedArena, row: &NewRow, n: usize, begin: usize) {
        let &NewRow { entity, slot, postponed } = row;
        let meta = table.meta();
        let Some(given) = tables::given(table, slot, n) else { return };
        let columns = postponed.iter().fold(given, ColumnSet::without);
        let auto = meta.auto_column().filter(|_| n == 0);
        let generated = auto.is_some_and(|auto| !columns.contains(auto));
        let action = Action::Insert { columns, generated };
        let first = if meta.hierarchy.is_some() {
            begin
        } else {
            begin.max(self.steps.len().saturating_sub(1))
        };
        let same = self.steps[first..]
            .iter_mut()
            .find(|step| (step.entity, step.table) == (entity, n) && step.action == action);
        match same {
            Some(step) => step.slots.push(slot),
            None => self.push_on(entity, table, n, action, vec![slot]),
        }
    }

    fn connect(&mut self, map: &IdentityMap, group: &Group, rows: &[NewRow]) {
        for &entity in &group.entities {
            let Some(arena) = map.arena_dyn(entity) else { continue };
            let postponed =
                rows.iter().filter(|row| row.entity == entity && !row.postponed.is_empty());
            let postponed: Vec<_> = postponed.map(|row| (row.slot, row.postponed)).collect();
            for n in 0..tables::count(arena.meta()) {
                for (columns, slots) in tables::shapes(tables::parts(arena.meta(), n, &postponed)) {
                    self.push_on(entity, arena, n, Action::SetReferences(columns), slots);
                }
            }
        }
    }
}

/// Returns `true` if the written columns of a changed row may reference a new row of the group.
fn waits(
    map: &IdentityMap,
    group: &Group,
    arena: &dyn ErasedArena,
    slot: u32,
    columns: ColumnSet,
) -> bool {
    leads(map, group, arena, slot, columns, |state| state != Some(State::Persistent))
}

/// Returns `true` if a changed row certainly references a new row. If it is not certain, the row is
/// updated first, because other rows may need the key that it frees.
fn leads_to_new(
    map: &IdentityMap,
    group: &Group,
    arena: &dyn ErasedArena,
    slot: u32,
    columns: ColumnSet,
) -> bool {
    leads(map, group, arena, slot, columns, |state| state == Some(State::Pending))
}

/// Returns `true` if the written columns of a changed row reference an object of the group in such
/// a state, or an object that is not in memory.
fn leads(
    map: &IdentityMap,
    group: &Group,
    arena: &dyn ErasedArena,
    slot: u32,
    columns: ColumnSet,
    to: impl Fn(Option<State>) -> bool,
) -> bool {
    arena.meta().foreign_keys.iter().enumerate().any(|(n, foreign_key)| {
        let target = (foreign_key.target)().entity.index();
        let written = foreign_key.columns.iter().any(|&column| columns.contains(column));
        if !written || !group.entities.contains(&target) {
            return false;
        }
        let reference = arena.reference(slot, n);
        let header =
            map.target_slot(reference, target).and_then(|at| map.arena_dyn(target)?.header(at));
        let state = header.map(|header| header.state());
        match foreign_key.field {
            Some(_) => !reference.is_null() && to(state),
            None => to(None),
        }
    })
}

/// Returns which new rows reference which others inside the group, and by which foreign key.
fn dependencies(map: &IdentityMap, group: &Group, rows: &[NewRow]) -> Vec<(Dependency, usize)> {
    let mut inside = Vec::new();
    for &entity in &group.entities {
        let Some(arena) = map.arena_dyn(entity) else { continue };
        for (n, reference) in arena.meta().foreign_keys.iter().enumerate() {
            let target = (reference.target)().entity.index();
            if reference.field.is_some() && group.entities.contains(&target) {
                inside.push((entity, n, target, reference.nullable));
            }
        }
    }
    if inside.is_empty() {
        return Vec::new();
    }
    let places: HashMap<(usize, u32), u32, RandomState> =
        (0_u32..).zip(rows).map(|(n, row)| ((row.entity, row.slot), n)).collect();
    let mut finders: Vec<(usize, KeyFinder)> = Vec::new();
    for &(_, _, target, _) in &inside {
        if let Some(arena) = map.arena_dyn(target)
            && !finders.iter().any(|(entity, _)| *entity == target)
        {
            finders.push((target, arena.new_by_key()));
        }
    }
    let mut dependencies = Vec::new();
    for (from, row) in (0_u32..).zip(rows) {
        let Some(arena) = map.arena_dyn(row.entity) else { continue };
        for &(_, n, target, optional) in inside.iter().filter(|inside| inside.0 == row.entity) {
            let by_key =
                |key: &dyn Any| finders.iter().find(|(entity, _)| *entity == target)?.1.find(key);
            let found = map.pending_target(arena.reference(row.slot, n), target, by_key);
            let Some(&to) = found.and_then(|slot| places.get(&(target, slot))) else { continue };
            let has_key = map
                .arena_dyn(target)
                .is_some_and(|arena| found.is_some_and(|slot| arena.has_key(slot)));
            let itself = target == row.entity && has_key;
            // Objects of a hierarchy have rows in several tables, for which the order within one
            // table is not enough.
            let together = itself && arena.meta().hierarchy.is_none();
            if !(itself && from == to && tables::refers_back(arena.meta(), n)) {
                dependencies.push((Dependency { from, to, optional, together, reference: n }, n));
            }
        }
    }
    dependencies
}

/// Returns `true` if a target exists when the rows that reference it are written.
pub(super) fn is_saved(state: State) -> bool {
    matches!(state, State::Pending | State::Persistent)
}
