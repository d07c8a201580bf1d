//! An arena without the type of its objects, for the plan and the session, which handle all
//! entities in the same way. This is the boundary between code that is the same for all entities
//! and code that is generated for each. Each part is a trait for one kind of caller.

mod arrivals;
mod changes;
mod keys;
mod references;
mod row_values;
mod rows;
mod undo;

use std::any::Any;

pub(crate) use arrivals::Arrivals;
pub(crate) use changes::Changes;
pub(crate) use keys::Keys;
pub(crate) use references::References;
pub(crate) use row_values::RowValues;
pub(crate) use rows::Rows;
pub(crate) use undo::Undo;

use super::arena::Arena;
use super::pairing::Pairing;
use crate::mapping::{Entity, LeftOut};

/// What a flush did to a row. The arena learns it when the whole flush has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Inserted, with the key that the database generated.
    Inserted(Option<i64>),
    /// Updated.
    Updated,
    /// Deleted.
    Deleted,
    /// Marked as deleted, and kept.
    SoftDeleted,
    /// The object took over the row of a deleted object with the same key, in the slot `old`.
    /// `written` is `true` if there was anything to write.
    Switched { old: u32, written: bool },
}

/// A column of a new object that has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unset {
    column: usize,
    /// The names of the column, if the object is a copy of a row that was read without it.
    left_out: LeftOut,
}

impl Unset {
    pub(crate) fn column(&self) -> usize {
        self.column
    }

    pub(crate) fn left_out(&self) -> LeftOut {
        self.left_out
    }
}

/// An arena without its type.
pub(crate) trait ErasedArena:
    Rows + Changes + RowValues + References + Keys + Undo + Arrivals + Pairing + Any + Send + Sync
{
}

impl<T: Entity> ErasedArena for Arena<T> {}
