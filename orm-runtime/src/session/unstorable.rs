//! Which value it was that could not be stored.

use diesel::QueryResult;

use super::Session;
use crate::backend::{Pass, Values};
use crate::error::Error;
use crate::map::Table;
use crate::mapping::ColumnSet;
use crate::plan::Step;

impl Session {
    /// The error of a statement that was never sent, since the conversion of a value failed: names
    /// entity, key and column.
    pub(super) fn unstorable(
        &mut self,
        step: &Step,
        slots: &[u32],
        error: diesel::result::Error,
    ) -> Error {
        let diesel::result::Error::SerializationError(source) = error else {
            return Error::Diesel(error);
        };
        let Some(table) = self.map.table(step.entity) else {
            return Error::Diesel(diesel::result::Error::SerializationError(source));
        };
        for &slot in slots {
            for column in table.given(slot).iter() {
                let value = OneValue { table, slot, column };
                if self.link.check_values(&value).is_err() {
                    return Error::Encode {
                        entity: table.name(slot),
                        key: table.key_text(slot),
                        column: step.meta.columns[column].name,
                        source,
                    };
                }
            }
        }
        Error::Diesel(diesel::result::Error::SerializationError(source))
    }
}

/// One value of one row.
struct OneValue<'a> {
    table: &'a dyn Table,
    slot: u32,
    column: usize,
}

impl Values for OneValue<'_> {
    fn bind_all<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> QueryResult<()> {
        self.table.bind(self.slot, ColumnSet::EMPTY.with(self.column, true), pass)
    }
}
