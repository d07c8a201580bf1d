//! SELECTs that find the rows of the table which rows of a call have the values of.

use crate::backend::{Row, Statement};
use crate::error::Result;
use crate::map::{Arena, read_key};
use crate::mapping::Concrete;
use crate::session::Session;
use crate::session::row_binds::{TextOfBatch, ValuesOfRows};

/// The number of rows that one SELECT finds.
const ASKED_AT_ONCE: usize = 100;

impl Session {
    /// Finds rows by the values of `columns` in rows of a call. `sql` writes the SELECT for so many
    /// rows. `each` receives the rows of the call that a SELECT is about, and a row that it
    /// returned. Sends one SELECT for each 100 rows.
    pub(super) fn find_rows_of_call<T: Concrete>(
        &mut self,
        rows: &Arena<T::Root>,
        batch: &[u32],
        columns: &[usize],
        sql: impl Fn(usize) -> String,
        each: &mut dyn FnMut(&[u32], &mut Row<'_, '_>) -> Result<()>,
    ) -> Result<()> {
        let most = (self.dialect().max_binds() / columns.len()).clamp(1, ASKED_AT_ONCE);
        let mut text = TextOfBatch::default();
        for slots in batch.chunks(most) {
            let sql = text.of(slots.len(), || sql(slots.len()));
            let values = ValuesOfRows { arena: rows, slots, columns };
            let statement = Statement { sql, values: &values, cached: slots.len() == most };
            let loaded = self.sender().load(&statement, &mut |row| each(slots, row));
            loaded.map_err(|fault| self.fault(fault))?;
        }
        Ok(())
    }

    /// Returns the keys of the rows that [`find_rows_of_call`](Self::find_rows_of_call) finds, by a
    /// SELECT of keys.
    pub(super) fn find_keys_of_call<T: Concrete>(
        &mut self,
        rows: &Arena<T::Root>,
        batch: &[u32],
        columns: &[usize],
        sql: impl Fn(usize) -> String,
    ) -> Result<Vec<T::Key>> {
        let mut keys = Vec::with_capacity(batch.len());
        self.find_rows_of_call::<T>(rows, batch, columns, sql, &mut |_, row| {
            keys.push(read_key::<T>(row)?);
            Ok(())
        })?;
        Ok(keys)
    }
}
