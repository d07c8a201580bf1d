//! The statements of an insert, and what comes back.

use diesel::sql_types::{BigInt, Nullable};

use crate::backend::{Fault, Statement};
use crate::error::{Error, Result};
use crate::map::{Arena, Flushed, RowValues, Rows, Written};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta};
use crate::plan::{self, tables};
use crate::session::Session;
use crate::session::bulk::bulk_callbacks::BulkCallbacks;
use crate::session::bulk::chunk::{Chunk, Prepare, batches, runs};
use crate::session::bulk::write_all::Writing;
use crate::session::flush::read_back::columns_after;
use crate::session::flush::write::Inserts;
use crate::session::row_binds::{ListedKeys, UpdateRows};
use crate::sql::{self, KeyForm, Text, UpdateForm};

/// What the caller wants to know of the inserted rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Nothing,
    Keys,
    Rows,
}

/// An insert that is being sent, and what is known of its rows.
pub(super) struct Inserting<T: Entity> {
    wanted: Wanted,
    pub(super) keys: Vec<T::Key>,
    pub(super) rows: Vec<T>,
}

impl<T: Concrete> Inserting<T> {
    pub(super) fn new(wanted: Wanted) -> Self {
        Inserting { wanted, keys: Vec::new(), rows: Vec::new() }
    }

    /// Inserts rows into one table after the other, beginning with that of the base.
    fn insert_chunk(
        &self,
        session: &mut Session,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        let ordered = plan::ordered(&chunk.rows);
        let is_split = tables::count(T::META) > 1;
        if is_split && callbacks.rejects() {
            return Err(Error::Configuration(format!(
                "reject_into() cannot leave out rows of {}, which are in several tables: insert them \
                 without it",
                T::META.name
            )));
        }
        for n in T::META.tables_by_reference() {
            let table = T::META.numbered_table(n);
            // Progress counts a row that is in several tables once.
            let mut silent = BulkCallbacks::default();
            let callbacks = if n == 0 { &mut *callbacks } else { &mut silent };
            for (columns, run) in runs(&chunk.rows, &ordered, n) {
                // The rows in the other tables share the keys.
                let makes = table.auto_column().is_some_and(|auto| !columns.contains(auto));
                let wants_keys = makes && (is_split || self.wanted != Wanted::Nothing);
                session.insert_run(chunk, callbacks, table, columns, &run, wants_keys)?;
                if !wants_keys {
                    session.give_keys_that_come_again::<T>(&mut chunk.rows, table, &run, makes)?;
                }
            }
        }
        session.map_mut().doubt_holders(&chunk.rows);
        for n in T::META.tables_by_reference() {
            for (columns, mut run) in tables::shapes(tables::parts(T::META, n, &ordered.circular)) {
                run.retain(|&slot| chunk.rows.at(slot).is_some());
                session.connect_rows::<T>(&chunk.rows, T::META.numbered_table(n), &run, columns)?;
            }
        }
        Ok(())
    }

    /// Keeps what the caller wants of the inserted rows.
    fn keep(&mut self, session: &mut Session, chunk: &mut Chunk<T>) -> Result<()> {
        if self.wanted == Wanted::Nothing {
            return Ok(());
        }
        let slots = chunk.slots();
        for &slot in &slots {
            let key =
                chunk.rows.at(slot).and_then(T::Root::key).ok_or_else(|| key_unknown(T::META));
            self.keys.push(key?);
        }
        if self.wanted == Wanted::Rows {
            session.read_generated::<T>(&mut chunk.rows, &slots)?;
            let rows = slots.iter().filter_map(|&slot| chunk.rows.remove(slot));
            self.rows.extend(rows.filter_map(|row| T::from_root(row).ok()));
        }
        Ok(())
    }
}

impl<T: Concrete> Writing<T> for Inserting<T> {
    fn prepare(&self) -> Prepare {
        Prepare::Insert
    }

    fn begin(&mut self, session: &Session, first: &Chunk<T>, more: bool, rejects: bool) -> bool {
        let ordered = plan::ordered(&first.rows);
        let runs = runs(&first.rows, &ordered, 0);
        let [(columns, run)] = &runs[..] else { return true };
        let (dialect, table) = (session.dialect(), T::META.base_table());
        more || rejects
            || tables::count(T::META) > 1
            || !ordered.circular.is_empty()
            || self.wanted != Wanted::Nothing && run.len() > 1
            || !session.copies(table, *columns, run)
                && batches(&first.rows, dialect, table, run, *columns).len() > 1
    }

    fn send(
        &mut self,
        session: &mut Session,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        self.insert_chunk(session, chunk, callbacks)?;
        self.keep(session, chunk)
    }
}

fn key_unknown(meta: &EntityMeta) -> Error {
    Error::Configuration(format!(
        "the database generates the key of {} in a way that no statement returns; give the keys in the \
         program, or call run(), which returns the number of rows",
        meta.name
    ))
}

impl Session {
    /// Inserts the rows of a table that set the same columns.
    fn insert_run<T: Concrete>(
        &mut self,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
        table: &'static EntityMeta,
        columns: ColumnSet,
        run: &[u32],
        wants_keys: bool,
    ) -> Result<()> {
        let mut inserts = match wants_keys {
            true => Inserts::for_keys(table, columns),
            false => Inserts::without_keys(table, columns),
        };
        let copies = !wants_keys && self.copies(table, columns, run);
        if !copies {
            let decided = inserts.decide(self.sender(), run.len());
            decided.map_err(|fault| self.write_fault::<T>(fault))?;
        }
        let mut rest = run;
        while !rest.is_empty() {
            let batch = match copies {
                true => rest,
                false => inserts.batch(self.dialect(), rest, &chunk.rows),
            };
            self.send_batch(
                chunk,
                callbacks,
                batch,
                wants_keys,
                &mut |session: &mut Session, chunk: &mut Chunk<T>, rows: &[u32]| {
                    if copies && session.copy_rows::<T>(&chunk.rows, table, rows, columns)? {
                        return Ok(());
                    }
                    session.insert_rows::<T>(&mut chunk.rows, &mut inserts, rows)
                },
            )?;
            rest = &rest[batch.len()..];
        }
        Ok(())
    }

    /// Reads the columns that the database has generated for inserted rows.
    fn read_generated<T: Concrete>(
        &mut self,
        rows: &mut Arena<T::Root>,
        slots: &[u32],
    ) -> Result<()> {
        let age = self.map().age();
        slots.iter().for_each(|&slot| rows.finish(slot, Flushed::Inserted(None), age));
        let columns =
            |slot: &u32| columns_after(T::Root::META, Flushed::Inserted(None)).and(rows.has(*slot));
        let generated: Vec<_> = slots.iter().map(|slot| (*slot, columns(slot))).collect();
        let dialect = self.dialect();
        for (columns, slots) in tables::shapes(generated) {
            if columns.is_empty() {
                continue;
            }
            let keys = rows.stored_keys(&slots);
            let width = T::META.key.len();
            let most = KeyForm::max_keys(dialect, width);
            let mut found = 0;
            for start in (0..keys.len()).step_by(most) {
                let range = start..keys.len().min(start + most);
                let values = ListedKeys::new(dialect, &*keys, range, width);
                let text =
                    sql::select_columns_by_keys(dialect, T::Root::META, columns, values.form());
                let statement = Statement { sql: &text, values: &values, cached: true };
                let loaded = self.sender().load(&statement, &mut |row| {
                    found += 1;
                    rows.read_back(row, columns, true)
                });
                loaded.map_err(|fault| self.fault(fault))?;
            }
            if found != slots.len() {
                return Err(Error::Configuration(format!(
                    "{} rows of {} were inserted, but {found} were found again by their keys; a trigger \
                     changes the keys, or a policy hides the rows: call run() in place of returning_rows()",
                    slots.len(),
                    T::META.name
                )));
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
        let by = sql::Identity::of(meta);
        for slots in run.chunks(UpdateForm::max_rows(dialect, meta, columns, by)) {
            let form = UpdateForm::of(dialect, meta, columns, slots.len());
            let sql = sql::update(dialect, meta, columns, form);
            let values =
                UpdateRows { arena, meta, slots, stored: slots, columns, by, parked: None, form };
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

    /// Inserts rows that set the same columns. Gives them their generated keys if these are needed.
    fn insert_rows<T: Entity>(
        &mut self,
        arena: &mut Arena<T::Root>,
        inserts: &mut Inserts<'_>,
        batch: &[u32],
    ) -> Result<()> {
        let mut rest = batch;
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

    /// Returns `true` if rows may be sent by COPY, which bypasses the rules of a table.
    fn copies(&self, table: &EntityMeta, columns: ColumnSet, rows: &[u32]) -> bool {
        self.dialect().capabilities().copies_rows
            && !(columns.is_empty() || rows.len() == 1 || table.no_returning)
    }

    /// Sends rows by COPY, if the database has it. Returns `true` if it did.
    fn copy_rows<'b, T: Entity>(
        &mut self,
        arena: &'b Arena<T::Root>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<bool> {
        if run.len() == 1 {
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
