//! Finding the value that could not be stored.

use diesel::QueryResult;

use crate::backend::{Binds, SqlWriter};
use crate::error::Error;
use crate::map::ErasedArena;
use crate::mapping::ColumnSet;
use crate::plan::Step;
use crate::session::Session;

impl Session {
    /// Returns the error of a statement that was never sent because the conversion of a value
    /// failed. The error names the entity, key and column.
    pub(in crate::session) fn unstorable(
        &mut self,
        step: &Step,
        slots: &[u32],
        error: diesel::result::Error,
    ) -> Error {
        let diesel::result::Error::SerializationError(source) = error else {
            return Error::of_unsent(error);
        };
        let (map, sender) = self.map_and_sender();
        let Some(arena) = map.arena_dyn(step.entity) else {
            return Error::Diesel(diesel::result::Error::SerializationError(source));
        };
        for &slot in slots {
            for column in arena.insert_columns(slot).iter() {
                let value = OneValue { arena, slot, column };
                if sender.check_values(&value).is_err() {
                    return Error::Encode {
                        entity: arena.name(slot),
                        key: arena.key_text(slot),
                        column: step.meta.columns[column].name,
                        source: match step.meta.columns[column].secret {
                            true => "its value cannot be converted; the column is secret".into(),
                            false => source,
                        },
                    };
                }
            }
        }
        Error::Diesel(diesel::result::Error::SerializationError(source))
    }
}

/// One value of one row.
struct OneValue<'a> {
    arena: &'a dyn ErasedArena,
    slot: u32,
    column: usize,
}

impl Binds for OneValue<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.arena.bind(self.slot, ColumnSet::EMPTY.with(self.column, true), pass)
    }
}
