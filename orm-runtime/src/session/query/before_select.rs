//! What precedes the SELECT of a query, and a SELECT of one number.

use crate::error::Result;
use crate::map::{READ_ALL, RowPolicy};
use crate::mapping::EntityMeta;
use crate::select::{Select, SelectState};
use crate::session::Session;

impl Session {
    /// Flushes pending changes and begins the transaction for a query.
    pub(in crate::session) fn prepare_read(&mut self, select: &SelectState<'_>) -> Result<()> {
        self.autoflush()?;
        if select.locks() {
            select.check_lock()?;
            self.begin_write()?;
            // A rollback would release the lock, so the transaction must be kept like one that
            // writes.
            self.at_server(|server| server.state_mut().write());
            return Ok(());
        }
        self.begin_read()
    }

    /// Flushes pending changes and begins the transaction for a query for objects. Returns how its
    /// rows enter the map.
    pub(super) fn prepare_rows(
        &mut self,
        meta: &'static EntityMeta,
        select: &SelectState<'_>,
    ) -> Result<RowPolicy> {
        self.prepare_read(select)?;
        let horizon = if select.populates() { READ_ALL } else { self.map().horizon() };
        let how = self.map_mut().row_policy(meta, horizon, select.undeferred());
        // A caller that locks a row wants to continue from its current values.
        Ok(if select.locks() { how.reading_all() } else { how })
    }

    /// Reads the single integer that a statement returns.
    pub(super) fn read_one(&mut self, select: &Select<'_>) -> Result<i64> {
        self.prepare_read(select.state())?;
        self.find_objects(select)?;
        let mut number = 0;
        let loaded = self.sender().load(select, &mut |row| {
            number = row.get::<diesel::sql_types::BigInt, i64>()?;
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(number)
    }
}
