//! Many rows at once, outside the unit of work.

pub(super) mod bulk_upsert;

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Nullable};
use foldhash::fast::RandomState;

use super::Session;
use super::flush::write::Inserts;
use super::row_binds::UpdateRows;
use crate::backend::{Cause, Dialect, Fault, Statement};
use crate::error::{Error, InvalidEntity, Result};
use crate::map::{Arena, Changes, RowValues, Rows, Written};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta, Writable};
use crate::plan::{self, Ordered, tables};
use crate::sql::{self, InsertForm, Text, UpdateForm};

/// The number of rows that are held in memory at a time.
const CHUNK: usize = 10_000;

/// Some rows of a call, and the number of rows before them.
pub(super) struct Chunk<T: Entity> {
    pub(super) rows: Arena<T::Root>,
    pub(super) before: usize,
}

impl Session {
    /// Inserts rows without bringing them into the session. Returns the number of rows.
    ///
    /// Flushes pending changes first. Sends statements of up to 500 rows; on PostgreSQL, COPY of up
    /// to 10,000 rows. Only one chunk of rows is in memory at a time. The generated keys are not
    /// returned.
    ///
    /// Rows of a chunk may reference each other by key, in any order. They are inserted so that a
    /// row comes after the rows it references. Rows in a circle are connected by an UPDATE
    /// afterwards, if the reference may be NULL.
    ///
    /// To insert rows of several subtypes, pass the enum of the hierarchy. If subtypes have their
    /// own tables, a chunk is inserted into one table after the other, and generated keys cost as
    /// much as in a [flush](Self::flush).
    ///
    /// The [hooks](crate::Hooks) `before_insert` and `validate` run for each row, if the entity has
    /// them. SQLite reuses the keys of deleted rows: if objects of an earlier transaction are in
    /// memory, the session sends one more SELECT for each shape of statement.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = (0..1_000).map(|n| Customer::builder().name(format!("customer {n}")).build());
    /// assert_eq!(session.bulk_insert(rows)?, 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] for a row that its `validate` hook rejects and [`Error::Unloaded`] for a
    /// row that was read without a [`Deferred`](crate::Deferred) column, both before the chunk is
    /// sent; any error of the database, where a violated constraint names the entity and the
    /// constraint. The statements before the one that failed stay in the transaction: call it in a
    /// [`savepoint`](Self::savepoint) to undo them.
    #[track_caller]
    pub fn bulk_insert<T: Concrete + Writable>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<usize> {
        let _call = self.call(Cause::Bulk, T::META.name);
        self.flush_first()?;
        self.begin_write()?;
        let mut rows = rows.into_iter().fuse();
        let mut inserted = 0;
        while let Some(mut chunk) = self.next_chunk::<T>(&mut rows, inserted, false)? {
            inserted += chunk.rows.len();
            self.insert_chunk::<T>(&mut chunk.rows)?;
        }
        Ok(inserted)
    }

    /// Takes and prepares the next rows of a call, of which `before` came earlier. An upsert sets
    /// the time of the last write.
    pub(super) fn next_chunk<T: Concrete>(
        &mut self,
        rows: &mut impl Iterator<Item = T>,
        before: usize,
        upsert: bool,
    ) -> Result<Option<Chunk<T>>> {
        // The rows of a chunk are in a separate arena, which no map knows.
        let mut arena = Arena::<T::Root>::new(1);
        for mut row in rows.by_ref().take(CHUNK) {
            if upsert {
                row.stamp_updated();
            }
            prepare(&mut row)?;
            self.refuse_given(&mut row)?;
            self.map().propagate_into_row(&mut row)?;
            arena.add(row.into_root(), 0);
        }
        if arena.is_clean() {
            return Ok(None);
        }
        refuse_unset(&arena, before)?;
        // The rows may belong to collections that are in memory.
        self.map_mut().doubt(T::META);
        Ok(Some(Chunk { rows: arena, before }))
    }

    /// Returns an error for a row with objects in its collections: only rows are written, so these
    /// objects would be lost.
    fn refuse_given<T: Entity>(&self, row: &mut T) -> Result<()> {
        match super::unit_of_work::merge_graph::brings_objects(row) {
            false => Ok(()),
            true => Err(Error::InvalidState {
                entity: T::META.name,
                key: row.key().map(|key| format!("{key:?}")),
                action: "inserted in bulk",
                reason: "it has objects in its collections or references; add it to the session, or insert \
                         those objects separately",
            }),
        }
    }

    /// Inserts rows into one table after the other, beginning with that of the base.
    fn insert_chunk<T: Entity>(&mut self, arena: &mut Arena<T::Root>) -> Result<()> {
        let ordered = plan::ordered(arena);
        for n in T::META.tables_by_reference() {
            let table = T::META.numbered_table(n);
            for (columns, run) in runs(arena, &ordered, n) {
                // The rows in the other tables share the keys.
                let is_split = tables::count(T::META) > 1;
                let makes = table.auto_column().is_some_and(|auto| !columns.contains(auto));
                if is_split && makes {
                    self.insert_run::<T>(arena, Inserts::for_keys(table, columns), &run)?;
                } else {
                    if !self.copy_run::<T>(arena, table, &run, columns)? {
                        self.insert_run::<T>(arena, Inserts::without_keys(table, columns), &run)?;
                    }
                    self.give_keys_that_come_again::<T>(arena, table, &run, makes)?;
                }
            }
        }
        self.map_mut().doubt_holders(arena);
        for n in T::META.tables_by_reference() {
            for (columns, run) in tables::shapes(tables::parts(T::META, n, &ordered.circular)) {
                self.connect_rows::<T>(arena, T::META.numbered_table(n), &run, columns)?;
            }
        }
        Ok(())
    }

    /// Finds out the keys of rows if they may be those of deleted rows: SQLite counts on from the
    /// last row that exists. Sends one SELECT if objects are in memory that were read in an earlier
    /// transaction.
    fn give_keys_that_come_again<T: Entity>(
        &mut self,
        arena: &mut Arena<T::Root>,
        table: &EntityMeta,
        run: &[u32],
        makes: bool,
    ) -> Result<()> {
        let Some(auto) = table.auto_column().filter(|_| makes) else { return Ok(()) };
        if !self.dialect().capabilities().makes_keys_again || !self.map().has_older::<T::Root>() {
            return Ok(());
        }
        let mut text = Text::new(self.dialect(), "SELECT max(");
        text.column(table, auto).push(") FROM ").table(table);
        let (sql, mut last) = (text.finish(), None);
        let statement = Statement { sql: &sql, values: &(), cached: true };
        let asked = self.sender().load(&statement, &mut |row| {
            last = row.get::<Nullable<BigInt>, Option<i64>>()?;
            Ok(())
        });
        asked.map_err(|fault| self.fault(fault))?;
        let Some(last) = last else { return Ok(()) };
        (0_i64..).zip(run.iter().rev()).for_each(|(n, &slot)| arena.assign_key(slot, last - n));
        Ok(())
    }

    /// Writes references that could not be written with their rows.
    fn connect_rows<T: Entity>(
        &mut self,
        arena: &Arena<T::Root>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<()> {
        let dialect = self.dialect();
        let meta = &table.unversioned();
        for slots in run.chunks(UpdateForm::max_rows(dialect, meta, columns)) {
            let form = UpdateForm::of(dialect, meta, columns, slots.len());
            let sql = sql::update(dialect, meta, columns, form);
            let values =
                UpdateRows { arena, meta, slots, stored: slots, columns, parked: None, form };
            self.send_rows::<T>(&Statement { sql: &sql, values: &values, cached: false })?;
        }
        Ok(())
    }

    /// Writes rows that the map does not know.
    fn send_rows<T: Entity>(&mut self, statement: &Statement<'_>) -> Result<()> {
        let sent = self.sender().execute(statement);
        sent.map_err(|error| self.write_fault::<T>(Fault::Sql(error)))?;
        self.note_written(Written::PastMap);
        Ok(())
    }

    /// Inserts rows that set the same columns. Gives them their generated keys if these are needed,
    /// because rows in other tables share them.
    fn insert_run<T: Entity>(
        &mut self,
        arena: &mut Arena<T::Root>,
        mut inserts: Inserts<'_>,
        run: &[u32],
    ) -> Result<()> {
        let decided = inserts.decide(self.sender(), run.len());
        decided.map_err(|fault| self.write_fault::<T>(fault))?;
        let mut rest = run;
        while !rest.is_empty() {
            let batch = inserts.batch(self.dialect(), rest, arena);
            let before = inserts.keys_before(self.sender(), batch.len());
            let before = before.map_err(|fault| self.write_fault::<T>(fault))?;
            let give = |arena: &mut Arena<T::Root>, keys: Vec<i64>| {
                batch.iter().zip(keys).for_each(|(&slot, key)| arena.assign_key(slot, key));
            };
            give(arena, before);
            let sent = inserts.send(self.sender(), arena, batch);
            let Some(made) = sent.map_err(|fault| self.write_fault::<T>(fault))? else { continue };
            self.note_written(Written::PastMap);
            give(arena, made);
            rest = &rest[batch.len()..];
        }
        Ok(())
    }

    /// Sends a run of rows by COPY, if the database has it. Returns `true` if it did.
    fn copy_run<'b, T: Entity>(
        &mut self,
        arena: &'b Arena<T::Root>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<bool> {
        // COPY bypasses the rules of a table.
        if columns.is_empty() || run.len() == 1 || table.no_returning {
            return Ok(false);
        }
        let dialect = self.dialect();
        let target = || {
            let mut text = Text::new(dialect, "");
            text.table(table).push(" (").columns(table, columns).push(")");
            text.finish()
        };
        let bind =
            |slot, pass: &mut crate::backend::SqlWriter<'_, 'b>| arena.bind(slot, columns, pass);
        match self.sender().copy(target, columns.len(), run, &bind) {
            None => Ok(false),
            Some(Ok(_)) => {
                self.note_written(Written::PastMap);
                Ok(true)
            }
            Some(Err(error)) => Err(self.write_fault::<T>(Fault::Sql(error))),
        }
    }
}

/// Returns an error for a row that lacks a deferred column; `before` rows came earlier.
fn refuse_unset<F: Entity>(arena: &Arena<F>, before: usize) -> Result<()> {
    let rows = arena.pending().into_iter().zip(before + 1..);
    let mut unset = rows.filter_map(|(slot, row)| Some((slot, arena.unset_column(slot)?, row)));
    unset
        .next()
        .map_or(Ok(()), |(slot, unset, row)| Err(plan::unset(arena, slot, unset, Some(row))))
}

/// Groups the rows that set the same columns of a table: adjacent rows, or, with several subtypes,
/// all of them.
pub(super) fn runs<F: Entity>(
    arena: &Arena<F>,
    ordered: &Ordered,
    table: usize,
) -> Vec<(ColumnSet, Vec<u32>)> {
    let mut late: HashMap<u32, ColumnSet, RandomState> = HashMap::default();
    for &(slot, columns) in &ordered.circular {
        let known = late.entry(slot).or_default();
        *known = known.or(columns);
    }
    let at_once = |slot: u32, given: ColumnSet| match late.get(&slot) {
        Some(late) => late.iter().fold(given, ColumnSet::without),
        None => given,
    };
    let slots = ordered.slots.iter();
    if F::META.hierarchy.is_some() {
        let given = |&slot: &u32| Some((slot, at_once(slot, tables::given(arena, slot, table)?)));
        return tables::shapes(slots.filter_map(given).collect());
    }
    let mut runs: Vec<(ColumnSet, Vec<u32>)> = Vec::new();
    for &slot in slots {
        let given = at_once(slot, arena.insert_columns(slot));
        match runs.last_mut() {
            Some((columns, run)) if *columns == given => run.push(slot),
            _ => runs.push((given, vec![slot])),
        }
    }
    runs
}

/// Cuts a run into batches. Rows without any set column are sent one by one.
pub(super) fn batches<'a, F: Entity>(
    arena: &'a Arena<F>,
    dialect: Dialect,
    table: &EntityMeta,
    run: &'a [u32],
    columns: ColumnSet,
) -> Vec<&'a [u32]> {
    let size = if columns.is_empty() { 1 } else { usize::MAX };
    let max_rows = InsertForm::max_rows(dialect, table, columns);
    let payload = |slot| arena.payload(slot);
    run.chunks(size).flat_map(|run| sql::batches(max_rows, run, payload)).collect()
}

/// Prepares an object for its INSERT, as a flush does.
fn prepare<T: Entity>(row: &mut T) -> Result<()> {
    if !T::PREPARES {
        return Ok(());
    }
    row.prepare_insert().map_err(|invalid| {
        let key = row.key().map(|key| format!("{key:?}"));
        Error::Invalid(Box::new(InvalidEntity::new(T::META, T::META.name, key, invalid)))
    })
}
