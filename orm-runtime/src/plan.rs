//! The flush as data: which rows are written in which order. The plan is made from the map, without
//! a connection, so that it can be printed and tested without one.
//!
//! The order of the steps is that of SQLAlchemy's unit of work: all saves before all deletes,
//! tables in one order for saves and in the reverse order for deletes, rows of one table and one
//! shape together.
//!
//! Tables are in the order of their references. If rows of one table reference each other, or
//! tables reference each other in a cycle, the rows are ordered, in a few layers; references for
//! which there is no order are written by separate statements. An object of a hierarchy may have a
//! row in several tables: these rows are written one after another, the base first, and deleted in
//! the reverse order.

mod bulk_order;
mod check;
mod deletes;
mod dependencies;
mod handing_on;
mod inserts;
mod order;
mod parking;
mod save;
mod statement;
pub(crate) mod tables;
mod toposort;
mod unique;

pub(crate) use parking::ParkedValue;

pub(crate) use bulk_order::{Ordered, ordered};
pub(crate) use check::{leads_to_deleted, leads_to_taken_key, unset};
pub(crate) use inserts::{InsertOf, Question, ReadKeys};

use crate::backend::{Dialect, KeyFacts};
use crate::error::Result;
use crate::map::{ErasedArena, IdentityMap};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::sql::{self, KeyForm};

/// What one step does to its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Moves rows that swap keys in a cycle to temporary keys.
    Park,
    /// Updates that change keys: one statement for each row, each after the one that frees its key.
    Rekey(ColumnSet),
    /// Updates that change keys, for rows with temporary keys.
    Unpark(ColumnSet),
    /// Writes a new object over the row of a deleted one with the same key. `written` is `true` if
    /// anything differs, in this table or in another one.
    RowSwitch { columns: ColumnSet, old: u32, written: bool },
    /// New rows that all give the same columns.
    Insert { columns: ColumnSet, generated: bool },
    /// Sets references of new rows to rows that were inserted in the same step or later.
    SetReferences(ColumnSet),
    /// Rows in which the same columns changed.
    Update(ColumnSet),
    /// Sets columns to NULL for a while, because no order is possible: references of rows to
    /// remove, and unique values that other rows take.
    Nullify(ColumnSet),
    /// Gives a column that cannot be NULL a temporary value that no row has.
    ClearUnique(usize),
    /// Removes rows.
    Delete,
    /// Keeps rows, and marks them as deleted in this column.
    SoftDelete(usize),
}

impl Action {
    /// Returns `true` if the step removes rows, or prepares their removal.
    pub(crate) fn removes(&self) -> bool {
        matches!(self, Action::Delete | Action::SoftDelete(_) | Action::Nullify(_))
    }

    /// Returns `true` if the step removes rows, or marks them as deleted.
    pub(crate) fn removes_rows(&self) -> bool {
        matches!(self, Action::Delete | Action::SoftDelete(_))
    }

    /// Returns `true` if the step writes references, which must have their keys before.
    pub(crate) fn writes_references(&self) -> bool {
        !matches!(
            self,
            Action::Park
                | Action::Nullify(_)
                | Action::ClearUnique(_)
                | Action::Delete
                | Action::SoftDelete(_)
        )
    }
}

/// Rows of one table with the same action, in order.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) entity: usize,
    /// `true` if its objects may have rows in other tables as well; then the number of the table,
    /// and its metadata.
    pub(crate) split: bool,
    pub(crate) table: usize,
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
    /// Plans the flush of all pending changes of the map.
    pub(crate) fn of(map: &IdentityMap) -> Result<Self> {
        let mut plan = FlushPlan::default();
        let groups = order::groups(map);
        for group in &groups {
            plan.save(map, group)?;
        }
        for group in groups.iter().rev() {
            plan.delete(map, group);
        }
        handing_on::hand_on(map, &mut plan.steps)?;
        check::steps(map, &plan.steps)?;
        Ok(plan)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the statements of the plan as text, for any database. Leaves out what depends on an
    /// answer of the database. `known` returns what the session already knows about the keys of a
    /// table.
    pub(crate) fn sql<'k>(
        &self,
        map: &IdentityMap,
        dialect: Dialect,
        known: impl Fn(&EntityMeta) -> Option<&'k KeyFacts>,
    ) -> Vec<String> {
        let sql = |step: &Step| step.sql(map, dialect, known(step.meta));
        self.steps.iter().flat_map(sql).collect()
    }

    fn push(&mut self, entity: usize, arena: &dyn ErasedArena, action: Action, slots: Vec<u32>) {
        self.push_on(entity, arena, 0, action, slots);
    }

    /// Adds a step for one of the tables of a hierarchy.
    fn push_on(
        &mut self,
        entity: usize,
        arena: &dyn ErasedArena,
        table: usize,
        action: Action,
        slots: Vec<u32>,
    ) {
        let meta = arena.meta().numbered_table(table);
        let split = arena.meta().is_split();
        self.steps.push(Step { entity, split, table, meta, action, slots });
    }
}

impl Step {
    /// Returns the object whose row the step writes, because a new object may take over the row of
    /// another one.
    pub(crate) fn row(&self, slot: u32) -> u32 {
        match self.action {
            Action::RowSwitch { old, .. } => old,
            _ => slot,
        }
    }

    /// Returns `true` if the database generates the keys of the new rows in this step.
    pub(crate) fn makes_keys(&self) -> bool {
        matches!(self.action, Action::Insert { generated: true, .. }) && self.table == 0
    }

    /// Returns `true` if there is anything to write. A new object may equal the row that it takes
    /// over.
    pub(crate) fn writes(&self) -> bool {
        match self.action {
            Action::RowSwitch { columns, written, .. } => {
                written && (self.meta.version.is_some() || !columns.is_empty())
            }
            _ => true,
        }
    }

    /// Returns the text of each statement of the step.
    fn sql(&self, map: &IdentityMap, dialect: Dialect, known: Option<&KeyFacts>) -> Vec<String> {
        let Some(arena) = map.arena_dyn(self.entity) else { return Vec::new() };
        if !self.writes() {
            return Vec::new();
        }
        let payload = |slot| arena.payload(slot);
        if let Some(mut insert) = self.insert() {
            insert.foresee(dialect, self.slots.len(), known);
            let mut rest = &self.slots[..];
            let next = || {
                let batch = insert.batch(dialect, rest, payload);
                rest = &rest[batch.len()..];
                (!batch.is_empty()).then(|| insert.sql(dialect, batch.len()))
            };
            return std::iter::from_fn(next).collect();
        }
        if let Some(update) = self.update() {
            let batches = sql::batches(update.max_rows(dialect), &self.slots, payload);
            let sql = |slots: &[u32]| update.sql(dialect, update.form(dialect, slots.len()));
            return batches.map(sql).collect();
        }
        if let Some(by_keys) = self.by_keys() {
            let width = by_keys.columns().count();
            let form = |slots: &[u32]| KeyForm::of(dialect, slots.len(), width, true);
            let batches = self.slots.chunks(by_keys.max_rows(dialect));
            return batches.map(|slots| by_keys.sql(dialect, form(slots))).collect();
        }
        vec![sql::park(dialect, self.meta)]
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
            plan.sql(&map, Dialect::Postgres, |_| None),
            [
                r#"INSERT INTO "river" ("name", "length") VALUES ($1, $2)"#,
                r#"INSERT INTO "city" ("name") SELECT orm_v.c0 FROM unnest($1) WITH ORDINALITY AS orm_v(c0, n) ORDER BY orm_v.n RETURNING "id""#,
                r#"INSERT INTO "city" ("id", "name") VALUES ($1, $2)"#,
            ]
        );
        assert_eq!(
            plan.sql(&map, Dialect::Sqlite, |_| None)[1],
            r#"INSERT INTO "city" ("name") VALUES (?), (?) RETURNING "id""#
        );
        assert_eq!(
            plan.sql(&map, Dialect::Mysql, |_| None)[1],
            "INSERT INTO `city` (`name`) VALUES (?), (?)"
        );
    }
}
