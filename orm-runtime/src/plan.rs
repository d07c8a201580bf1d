//! The flush as data: which rows are written in which order. Pure: made from the map, without a
//! connection, so that it can be printed and tested without one.
//!
//! The order of the steps is that of SQLAlchemy's unit of work: all saves before all deletes, tables
//! in one order for saves and in the reverse for deletes, rows of one table and one shape together.

use crate::backend::Dialect;
use crate::error::{Error, Result};
use crate::map::{IdentityMap, Table};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::sql::{self, InsertForm, UpdateForm};

/// What one step does to its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Moves rows whose keys go in a circle to keys that nobody has.
    Park,
    /// Updates that change keys: one statement a row, each after the one that frees its key.
    Rekey(ColumnSet),
    /// The same for a row that was parked.
    Unpark(ColumnSet),
    /// Writes new objects over the rows of deleted ones with the same keys.
    Switch { columns: ColumnSet, old: Vec<u32> },
    /// New rows that all give the same columns.
    Insert { columns: ColumnSet, generated: bool },
    /// Rows in which the same columns changed.
    Update(ColumnSet),
    /// Rows to remove.
    Delete,
    /// Rows to keep, and to mark as deleted in this column.
    SoftDelete(usize),
}

/// Rows of one table to which the same is done, in order.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) entity: usize,
    pub(crate) meta: &'static EntityMeta,
    pub(crate) action: Action,
    pub(crate) slots: Vec<u32>,
}

/// A flush, as steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct FlushPlan {
    pub(crate) steps: Vec<Step>,
}

impl FlushPlan {
    /// Plans the flush of everything that waits in the map.
    pub(crate) fn of(map: &IdentityMap) -> Result<Self> {
        let mut plan = FlushPlan::default();
        for (entity, table) in map.tables().filter(|(_, table)| !table.is_clean()) {
            plan.save(entity, table)?;
        }
        let dirty: Vec<_> = map.tables().filter(|(_, table)| !table.is_clean()).collect();
        for (entity, table) in dirty.into_iter().rev() {
            plan.delete(entity, table);
        }
        Ok(plan)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The statements of the plan as text, for whichever database. What depends on an answer of the
    /// database is left out.
    pub(crate) fn sql(&self, map: &IdentityMap, dialect: Dialect) -> Vec<String> {
        self.steps.iter().flat_map(|step| step.sql(map, dialect)).collect()
    }

    fn save(&mut self, entity: usize, table: &dyn Table) -> Result<()> {
        let meta = table.meta();
        let (rekeyed, changed): (Vec<_>, Vec<_>) = table
            .changed()
            .into_iter()
            .partition(|(_, columns)| meta.key.iter().any(|&part| columns.contains(part)));
        self.rekey(entity, table, &rekeyed);
        self.insert(entity, table)?;
        // Rows of one shape share a statement; shapes come in the order of their first row.
        let mut shapes: Vec<(ColumnSet, Vec<u32>)> = Vec::new();
        for (slot, columns) in changed {
            match shapes.iter_mut().find(|(shape, _)| *shape == columns) {
                Some((_, slots)) => slots.push(slot),
                None => shapes.push((columns, vec![slot])),
            }
        }
        for (columns, slots) in shapes {
            self.push(entity, table, Action::Update(columns), slots);
        }
        Ok(())
    }

    /// Each update after the one that frees its key; of each circle one row is parked meanwhile.
    fn rekey(&mut self, entity: usize, table: &dyn Table, rekeyed: &[(u32, ColumnSet)]) {
        let columns_of = |slot: u32| {
            let found = rekeyed.iter().find(|(other, _)| *other == slot);
            found.map_or(ColumnSet::EMPTY, |(_, columns)| *columns)
        };
        let mut waiting: Vec<u32> = rekeyed.iter().map(|(slot, _)| *slot).collect();
        let mut parked = Vec::new();
        while !waiting.is_empty() {
            let changes = table.order_key_changes(&waiting);
            for slot in changes.ordered {
                self.push(entity, table, Action::Rekey(columns_of(slot)), vec![slot]);
            }
            waiting = changes.circular;
            if !waiting.is_empty() {
                let first = waiting.remove(0);
                self.push(entity, table, Action::Park, vec![first]);
                parked.push(first);
            }
        }
        for slot in parked {
            self.push(entity, table, Action::Unpark(columns_of(slot)), vec![slot]);
        }
    }

    /// New objects in the order they were added, in runs that give the same columns.
    fn insert(&mut self, entity: usize, table: &dyn Table) -> Result<()> {
        let meta = table.meta();
        let auto = meta.auto_column();
        let mut taken = Vec::new();
        for slot in table.pending() {
            if let Some(column) = table.unset_column(slot) {
                return Err(unset(table, slot, column));
            }
            if let Some((old, columns)) = table.switches_with(slot)
                && !taken.contains(&old)
            {
                taken.push(old);
                let action = Action::Switch { columns, old: vec![old] };
                self.push(entity, table, action, vec![slot]);
                continue;
            }
            let columns = table.given(slot);
            let generated = auto.is_some_and(|auto| !columns.contains(auto));
            let action = Action::Insert { columns, generated };
            match self.steps.last_mut() {
                Some(step) if step.entity == entity && step.action == action => {
                    step.slots.push(slot);
                }
                _ => self.push(entity, table, action, vec![slot]),
            }
        }
        Ok(())
    }

    fn delete(&mut self, entity: usize, table: &dyn Table) {
        let switched: Vec<u32> = self
            .steps
            .iter()
            .filter(|step| step.entity == entity)
            .filter_map(|step| match &step.action {
                Action::Switch { old, .. } => Some(old),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        let mut slots = table.doomed();
        slots.retain(|slot| !switched.contains(slot));
        if let Some(column) = table.meta().soft_delete {
            let (purged, kept) = slots.into_iter().partition(|&slot| table.is_purged(slot));
            slots = purged;
            if !kept.is_empty() {
                self.push(entity, table, Action::SoftDelete(column), kept);
            }
        }
        if !slots.is_empty() {
            self.push(entity, table, Action::Delete, slots);
        }
    }

    fn push(&mut self, entity: usize, table: &dyn Table, action: Action, slots: Vec<u32>) {
        self.steps.push(Step { entity, meta: table.meta(), action, slots });
    }
}

impl Step {
    /// The text of each statement of the step.
    fn sql(&self, map: &IdentityMap, dialect: Dialect) -> Vec<String> {
        let meta = self.meta;
        let Some(table) = map.table(self.entity) else { return Vec::new() };
        let batched = |max_rows: usize, write: &dyn Fn(usize) -> String| {
            sql::batches(max_rows, &self.slots, |slot| table.payload(slot))
                .map(|slots| write(slots.len()))
                .collect()
        };
        match &self.action {
            Action::Insert { columns, generated } => {
                batched(InsertForm::max_rows(dialect, meta, *columns), &|rows| {
                    let form = InsertForm::of(dialect, meta, *columns, rows);
                    let returning = *generated && dialect != Dialect::Mysql;
                    sql::insert(dialect, meta, *columns, form, returning)
                })
            }
            Action::Update(columns)
            | Action::Rekey(columns)
            | Action::Unpark(columns)
            | Action::Switch { columns, .. } => {
                batched(UpdateForm::max_rows(dialect, meta, *columns), &|rows| {
                    let form = UpdateForm::of(dialect, meta, *columns, rows);
                    sql::update(dialect, meta, *columns, form)
                })
            }
            Action::Park => vec![sql::park(dialect, meta)],
            Action::Delete | Action::SoftDelete(_) => {
                let width = sql::identity(meta).count();
                let most = sql::KeyForm::max_keys(dialect, width);
                let form = |slots: &[u32]| sql::KeyForm::of(dialect, slots.len(), width, true);
                let delete = |slots: &[u32]| match self.action {
                    Action::SoftDelete(column) => {
                        sql::soft_delete(dialect, meta, column, form(slots))
                    }
                    _ => sql::delete(dialect, meta, form(slots)),
                };
                self.slots.chunks(most).map(delete).collect()
            }
        }
    }
}

fn unset(table: &dyn Table, slot: u32, column: usize) -> Error {
    let meta = table.meta();
    Error::State {
        entity: meta.name,
        key: table.key_text(slot),
        action: "inserted",
        reason: if meta.columns[column].deferred {
            "a deferred column was never given a value; set it, or make it a Deferred<Option<…>>"
        } else {
            "a column was never given a value"
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    use super::FlushPlan;

    #[derive(Entity)]
    struct City {
        id: Auto<i64>,
        name: String,
    }

    #[derive(Entity)]
    struct River {
        #[entity(primary_key)]
        name: String,
        length: i32,
    }

    #[test]
    fn a_plan_prints_without_a_database() {
        let mut map = IdentityMap::new();
        map.arena_mut::<River>().add(River { name: "Ybbs".into(), length: 131 }, 1);
        for name in ["Graz", "Linz"] {
            map.arena_mut::<City>().add(City::builder().name(name).build(), 1);
        }
        map.arena_mut::<City>().add(City::builder().id(7).name("Wels").build(), 1);

        let plan = FlushPlan::of(&map).expect("everything can be written");
        assert_eq!(
            plan.sql(&map, Dialect::Postgres),
            [
                r#"INSERT INTO "river" ("name", "length") VALUES ($1, $2)"#,
                r#"INSERT INTO "city" ("name") SELECT orm_v.c0 FROM unnest($1) WITH ORDINALITY AS orm_v(c0, n) ORDER BY orm_v.n RETURNING "id""#,
                r#"INSERT INTO "city" ("id", "name") VALUES ($1, $2)"#,
            ]
        );
        assert_eq!(
            plan.sql(&map, Dialect::Sqlite)[1],
            r#"INSERT INTO "city" ("name") VALUES (?), (?) RETURNING "id""#
        );
        assert_eq!(
            plan.sql(&map, Dialect::Mysql)[1],
            "INSERT INTO `city` (`name`) VALUES (?), (?)"
        );
    }
}
