//! The statements of the next flush with their values, for a reader.

use super::write::{ParkedRow, parked_values};
use crate::backend::{Dialect, Statement};
use crate::error::Result;
use crate::map::ErasedArena;
use crate::mapping::EntityMeta;
use crate::plan::{Action, FlushPlan, Step};
use crate::session::Session;
use crate::session::query::statement_text::TextForm;
use crate::session::row_binds::{DeletedRows, InsertRows, StoredKeys, UpdateRows};
use crate::sql::{self, UpdateForm};

impl Session {
    /// Returns the statements of [`pending_sql`](Self::pending_sql) with their values in place.
    /// Sends no SQL.
    ///
    /// **The text is for reading. Do not send it**; see the warnings of
    /// [`Query::to_debug_sql`](crate::Query::to_debug_sql). Columns with `#[entity(secret)]` are
    /// shown as `***`. A value that only the flush determines is shown as it is now: a reference
    /// that was set to an object is NULL until the flush gives it the key of the object, and the
    /// columns that hooks set have the values from before.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// #[derive(Entity)]
    /// struct Account {
    ///     id: Auto<i64>,
    ///     name: String,
    ///     #[entity(secret)]
    ///     password: String,
    /// }
    ///
    /// session.add(Account::builder().name("ada").password("correct horse").build());
    /// let texts = session.pending_debug_sql()?;
    /// assert!(texts[0].ends_with("VALUES ('ada', ***) RETURNING \"id\""));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`pending_sql`](Self::pending_sql), and those of values that cannot be
    /// converted.
    pub fn pending_debug_sql(&self) -> Result<Vec<String>> {
        let plan = FlushPlan::of(self.map())?;
        let mut texts = Vec::new();
        for step in plan.steps.iter().filter(|step| step.writes()) {
            if let Some(arena) = self.map().arena_dyn(step.entity) {
                self.add_texts(step, arena, &mut texts)?;
            }
        }
        Ok(texts)
    }

    fn add_texts(
        &self,
        step: &Step,
        arena: &dyn ErasedArena,
        texts: &mut Vec<String>,
    ) -> Result<()> {
        let dialect = self.dialect();
        let payload = |slot| arena.payload(slot);
        let mut add = |statement: &Statement<'_>| -> Result<()> {
            texts.push(TextForm::Values.text(self.map(), dialect, statement)?);
            Ok(())
        };
        if let Some(mut insert) = step.insert() {
            let known = self.server().known().known_key_order(step.meta);
            insert.foresee(dialect, step.slots.len(), known);
            let mut rest = &step.slots[..];
            while !rest.is_empty() {
                let slots = insert.batch(dialect, rest, payload);
                if slots.is_empty() {
                    return Ok(());
                }
                rest = &rest[slots.len()..];
                let (columns, form) = (insert.columns(), insert.form(dialect, slots.len()));
                let values = InsertRows { arena, slots, columns, form };
                let sql = insert.sql(dialect, slots.len());
                add(&Statement { sql: &sql, values: &values, cached: true })?;
            }
        } else if let Action::Park | Action::Unpark(_) = step.action {
            add_parking(step, arena, dialect, &mut add)?;
        } else if let Some(update) = step.update() {
            let (meta, columns) = (&update.meta, update.columns);
            let parked = match step.action {
                Action::ClearUnique(column) => Some(parked_values(step, column)),
                _ => None,
            };
            for slots in sql::batches(update.max_rows(dialect), &step.slots, payload) {
                let stored: Vec<u32> = slots.iter().map(|&slot| step.row(slot)).collect();
                let (stored, parked) = (&stored[..], parked.as_ref());
                let form = update.form(dialect, slots.len());
                let by = sql::Identity::of(meta);
                let values = UpdateRows { arena, meta, slots, stored, columns, by, parked, form };
                let sql = update.sql(dialect, form);
                add(&Statement { sql: &sql, values: &values, cached: true })?;
            }
        } else if let Some(by_keys) = step.by_keys() {
            let time = match step.action {
                Action::SoftDelete(_) => arena.deletion(),
                _ => None,
            };
            for slots in step.slots.chunks(by_keys.max_rows(dialect)) {
                let keys = StoredKeys::new(dialect, arena, slots, by_keys.columns());
                let sql = by_keys.sql(dialect, keys.form());
                let values = DeletedRows { time: time.as_deref(), keys };
                add(&Statement { sql: &sql, values: &values, cached: true })?;
            }
        }
        Ok(())
    }
}

/// Adds the text that moves a row to an unused key, or from there.
fn add_parking(
    step: &Step,
    arena: &dyn ErasedArena,
    dialect: Dialect,
    add: &mut dyn FnMut(&Statement<'_>) -> Result<()>,
) -> Result<()> {
    let meta: &EntityMeta = step.meta;
    let slot = step.slots[0];
    let Some(parking) = arena.parking_key(slot) else { return Ok(()) };
    let (sql, back) = match step.action {
        Action::Unpark(columns) => {
            let back = meta.version.map_or(columns, |version| columns.without(version));
            (sql::update(dialect, meta, columns, UpdateForm::One), Some(back))
        }
        _ => (sql::park(dialect, meta), None),
    };
    let values = ParkedRow { arena, slot, parking: &*parking, back };
    add(&Statement { sql: &sql, values: &values, cached: true })
}
