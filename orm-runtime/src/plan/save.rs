//! The steps that save: keys that change, new rows, changed rows, and references that could not be
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

/// A new row, and the columns of it that are written later.
#[derive(Debug, Clone, Copy)]
struct NewRow {
    entity: usize,
    slot: u32,
    postponed: ColumnSet,
}

impl FlushPlan {
    /// Everything that is saved of some tables: changed rows first, for they may give up what a new one
    /// takes; but those that refer to new rows come behind these.
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
            let (behind, rekeyed): (Vec<_>, Vec<_>) = rekeyed
                .into_iter()
                .partition(|&(slot, columns)| leads_to_new(map, group, arena, slot, columns));
            self.rekey(entity, arena, &rekeyed);
            let (wait, ready): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|&(slot, columns)| waits(map, group, arena, slot, columns));
            self.update(entity, arena, ready);
            waiting.push((entity, arena, behind, wait));
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

    /// Each update after the one that frees its key; of each circle one row is parked meanwhile.
    fn rekey(&mut self, entity: usize, arena: &dyn ErasedArena, rekeyed: &[(u32, ColumnSet)]) {
        let columns_of = |slot: u32| {
            let found = rekeyed.iter().find(|(other, _)| *other == slot);
            found.map_or(ColumnSet::EMPTY, |(_, columns)| tables::part(arena.meta(), 0, *columns))
        };
        // The database passes the key of the base on to the other tables: they are found by the old one.
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

    /// New rows in the order they were added, as far as they do not refer to each other; then what
    /// could not be written with them.
    fn insert(&mut self, map: &IdentityMap, group: &Group) -> Result<()> {
        let mut rows = Vec::new();
        for &entity in &group.entities {
            let Some(arena) = map.arena_dyn(entity) else { continue };
            for slot in arena.pending() {
                // What takes over the row of a deleted object leaves there what it does not know.
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
            // Inside a layer any order will do: one in which rows that lack the same columns share
            // their statements.
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

    /// Inserts rows that need no statement between them; those of the base before the others.
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

    /// Makes a new object take over the row of a deleted one that has its key.
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

    /// Enters a new row of one of the tables in a step that begins not before this one and writes the same
    /// columns: in the last one, so that rows are inserted as they were added, but of several subtypes in any.
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

/// Whether a changed row may lead to a new one of the group by what is written of it.
fn waits(
    map: &IdentityMap,
    group: &Group,
    arena: &dyn ErasedArena,
    slot: u32,
    columns: ColumnSet,
) -> bool {
    leads(map, group, arena, slot, columns, |state| state != Some(State::Persistent))
}

/// Whether a changed row leads to one that is new for certain: others may need the key that it gives up.
fn leads_to_new(
    map: &IdentityMap,
    group: &Group,
    arena: &dyn ErasedArena,
    slot: u32,
    columns: ColumnSet,
) -> bool {
    leads(map, group, arena, slot, columns, |state| state == Some(State::Pending))
}

/// Whether a changed row leads to one of the group in such a state, or none in memory, by what is written of
/// it.
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

/// Which new rows refer to which, inside the group, and by which foreign key.
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
            // Hierarchy have rows in several tables, for which the order within one is not enough.
            let together = itself && arena.meta().hierarchy.is_none();
            if !(itself && from == to && tables::refers_back(arena.meta(), n)) {
                dependencies.push((Dependency { from, to, optional, together, reference: n }, n));
            }
        }
    }
    dependencies
}

/// Whether a target will be there when the rows that refer to it are written.
pub(super) fn is_saved(state: State) -> bool {
    matches!(state, State::Pending | State::Persistent)
}
