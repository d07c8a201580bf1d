//! What an upsert has done with each row.

use std::collections::HashMap;

use diesel::sql_types::Integer;
use foldhash::fast::RandomState;

use crate::error::{Error, Result};
use crate::map::{Arena, read_key};
use crate::mapping::{ColumnSet, Concrete, Entity};
use crate::select::Lock;
use crate::session::Session;
use crate::sql::OnConflict;

/// The key of a row of an upsert, and what was done with it; see
/// [`Bulk::outcomes`](crate::query::Bulk::outcomes).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upserted<K> {
    /// The key of the row in the table.
    pub key: K,
    /// What was done with the row.
    pub outcome: UpsertOutcome,
}

/// What an upsert has done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpsertOutcome {
    /// The row is new.
    Inserted,
    /// A row was there, and was written.
    Updated,
    /// A row was there, and stays as it is.
    Unchanged,
}

/// The keys of some rows, by slot.
pub(super) type KeysOfRows<T> = HashMap<u32, <T as crate::mapping::Mapped>::Key, RandomState>;

/// What is known about the rows that a statement is about.
pub(super) enum Told<T: Entity> {
    /// The rows that existed before the statement.
    Before(KeysOfRows<T>),
    /// The rows that the statement has written, and whether they are new.
    Written(HashMap<T::Key, bool, RandomState>),
    /// No row can have existed.
    AllNew,
}

/// The outcomes of the rows of a call.
pub(super) struct Outcomes<T: Entity> {
    by_slot: HashMap<u32, Upserted<T::Key>, RandomState>,
    pub(super) done: Vec<Upserted<T::Key>>,
}

impl<T: Concrete> Outcomes<T> {
    pub(super) fn new() -> Self {
        Outcomes { by_slot: HashMap::default(), done: Vec::new() }
    }

    /// Notes the outcomes of the rows of a statement, whose keys were read after it. `writes` says
    /// whether it writes existing rows.
    pub(super) fn note(
        &mut self,
        rows: &Arena<T::Root>,
        batch: &[u32],
        told: &Told<T>,
        mut keys: KeysOfRows<T>,
        writes: bool,
    ) -> Result<()> {
        let existing = if writes { UpsertOutcome::Updated } else { UpsertOutcome::Unchanged };
        let mut seen: HashMap<T::Key, (), RandomState> = HashMap::default();
        for &slot in batch {
            let own = || rows.at(slot).and_then(T::Root::key);
            let key = keys.remove(&slot).or_else(own).ok_or_else(no_key::<T>)?;
            let is_new = match told {
                Told::Before(before) => !before.contains_key(&slot),
                Told::Written(written) => written.get(&key).copied().unwrap_or_default(),
                Told::AllNew => true,
            };
            // A row of the call that equals an earlier one has found that row.
            let is_first = seen.insert(key.clone(), ()).is_none();
            let outcome = if is_new && is_first { UpsertOutcome::Inserted } else { existing };
            self.by_slot.insert(slot, Upserted { key, outcome });
        }
        Ok(())
    }

    /// Keeps the outcomes of the rows of a chunk, in their order.
    pub(super) fn keep(&mut self, slots: &[u32]) {
        self.done.extend(slots.iter().filter_map(|slot| self.by_slot.remove(slot)));
        self.by_slot.clear();
    }
}

impl Session {
    /// Reads the keys of the rows of the table that rows of the call find. Sends one SELECT for
    /// each 100 rows. The rows are locked where others could change them meanwhile.
    pub(super) fn keys_of_rows<T: Concrete>(
        &mut self,
        on_conflict: &OnConflict,
        rows: &Arena<T::Root>,
        given: ColumnSet,
        batch: &[u32],
    ) -> Result<KeysOfRows<T>> {
        let (dialect, meta) = (self.dialect(), T::META.base_table());
        let locks = dialect.capabilities().row_locks.is_some()
            && dialect.capabilities().tells_new_rows.is_none();
        let lock = if locks { Lock::Update.words(dialect, meta) } else { String::new() };
        let columns = on_conflict.bound_by_row(given);
        let sql = |rows| on_conflict.select_numbered_keys(dialect, meta, given, rows, &lock);
        let mut keys = KeysOfRows::<T>::default();
        self.find_rows_of_call::<T>(rows, batch, &columns, sql, &mut |slots, row| {
            let number: i32 = row.get::<Integer, _>()?;
            let key = read_key::<T>(row)?;
            if let Some(&slot) = usize::try_from(number).ok().and_then(|n| slots.get(n)) {
                keys.insert(slot, key);
            }
            Ok(())
        })?;
        Ok(keys)
    }
}

fn no_key<T: Entity>() -> Error {
    Error::Configuration(format!(
        "outcomes() cannot tell the key of a new row of {}, because no unique set finds the row: its \
         values are NULL, or the condition of the index does not hold for it; give keys in the program, \
         or call run()",
        T::META.name
    ))
}
