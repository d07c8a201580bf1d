//! Reading the values that the database generated, after a flush.

use super::write::Done;
use crate::backend::Statement;
use crate::error::Result;
use crate::map::Flushed;
use crate::mapping::{ColumnMeta, ColumnSet, EntityMeta, GeneratedBy};
use crate::session::Session;
use crate::session::row_binds::ListedKeys;
use crate::sql;

/// Rows of one entity, and the columns to read of each.
pub(in crate::session) struct ReadBack {
    entity: usize,
    columns: ColumnSet,
    inserted: bool,
    slots: Vec<u32>,
}

impl Session {
    /// Returns the columns to read after a flush: after an INSERT, all that the database generates;
    /// after an UPDATE, those that it computes or sets then.
    pub(in crate::session) fn to_read_back(&self, done: &Done) -> Vec<ReadBack> {
        let mut wanted: Vec<ReadBack> = Vec::new();
        for &(entity, slot, how) in &done.rows {
            let Some(arena) = self.map().arena_dyn(entity) else { continue };
            let columns = columns_after(arena.meta(), how).and(arena.has(slot));
            if columns.is_empty() {
                continue;
            }
            let inserted = how != Flushed::Updated;
            let same = |rows: &&mut ReadBack| {
                (rows.entity, rows.columns, rows.inserted) == (entity, columns, inserted)
            };
            match wanted.iter_mut().find(same) {
                Some(rows) => rows.slots.push(slot),
                None => wanted.push(ReadBack { entity, columns, inserted, slots: vec![slot] }),
            }
        }
        wanted
    }

    /// Reads the columns. Sends one SELECT for up to 16,384 rows of an entity, 50,000 on
    /// PostgreSQL.
    pub(in crate::session) fn read_back(&mut self, wanted: &[ReadBack]) -> Result<()> {
        let dialect = self.dialect();
        for rows in wanted {
            let Some(arena) = self.map().arena_dyn(rows.entity) else { continue };
            let meta = arena.meta();
            let keys = arena.stored_keys(&rows.slots);
            let width = meta.key.len();
            let most = sql::KeyForm::max_keys(dialect, width);
            for start in (0..keys.len()).step_by(most) {
                let range = start..keys.len().min(start + most);
                let values = ListedKeys::new(dialect, &*keys, range, width);
                let text = sql::select_columns_by_keys(dialect, meta, rows.columns, values.form());
                let statement = Statement { sql: &text, values: &values, cached: true };
                let (map, sender) = self.map_and_sender();
                let Some(arena) = map.arena_dyn_mut(rows.entity) else { continue };
                let loaded = sender
                    .load(&statement, &mut |row| arena.read_back(row, rows.columns, rows.inserted));
                loaded.map_err(|fault| self.fault(fault))?;
            }
        }
        Ok(())
    }
}

/// Returns the columns that the database generates for a row.
pub(in crate::session) fn columns_after(meta: &EntityMeta, how: Flushed) -> ColumnSet {
    let of = |wanted: &dyn Fn(&ColumnMeta) -> bool| -> ColumnSet {
        let columns = meta.columns.iter().enumerate();
        let wanted = columns.filter(|(_, column)| column.read_back && wanted(column));
        wanted.map(|(position, _)| position).collect()
    };
    let follows =
        |it: &ColumnMeta| it.on_update || matches!(it.generated, Some(GeneratedBy::Computed(_)));
    match how {
        Flushed::Inserted(_) | Flushed::Switched { .. } => of(&|_| true),
        Flushed::Updated => of(&follows),
        _ => ColumnSet::EMPTY,
    }
}
