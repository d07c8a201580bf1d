//! The statements of an update of many rows.

use crate::backend::{Dialect, Fault, Statement};
use crate::error::{Error, Result};
use crate::map::{Arena, Changes, RowValues, Rows, Written, read_key};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta, UniqueSet};
use crate::plan::tables::shapes;
use crate::session::Session;
use crate::session::bulk::bulk_callbacks::BulkCallbacks;
use crate::session::bulk::chunk::{Chunk, Prepare};
use crate::session::bulk::same_rows::SameRows;
use crate::session::bulk::write_all::Writing;
use crate::session::row_binds::UpdateRows;
use crate::sql::{self, Identity, Text, UpdateForm};

/// An update that is being sent.
pub(super) struct Updating<T: Entity> {
    found_by: UniqueSet,
    /// The columns that the call names.
    set: Option<ColumnSet>,
    skips_missing: bool,
    /// `true` if only the database can tell whether rows are equal.
    asks: bool,
    /// `true` if there is more than one statement.
    several: bool,
    same: SameRows<T>,
    matched: usize,
}

impl<T: Concrete> Updating<T> {
    pub(super) fn new(found_by: UniqueSet, set: Option<ColumnSet>, skips_missing: bool) -> Self {
        let same = SameRows::new(found_by.clone());
        Updating { found_by, set, skips_missing, asks: false, several: false, same, matched: 0 }
    }

    /// Returns how many rows were updated.
    pub(super) fn matched(&self) -> usize {
        self.matched
    }

    fn unmatched(&self) -> Error {
        Error::UnmatchedRow { entity: T::META.name, row: None, columns: self.same.names() }
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            unique: &self.found_by.columns,
            checked: T::META.hierarchy.map(|hierarchy| hierarchy.discriminator),
            condition: self.found_by.condition,
        }
    }

    /// Returns the columns to write of a row.
    fn written(&self, given: ColumnSet) -> ColumnSet {
        let meta = T::META;
        let stays = |column: usize| {
            let facts = &meta.columns[column];
            self.identity().columns().any(|it| it == column)
                || meta.key.contains(&column)
                || meta.version == Some(column)
                || match self.set {
                    Some(set) => !(set.contains(column) || facts.updated_at),
                    None => facts.created_at || meta.soft_delete == Some(column),
                }
        };
        given.iter().filter(|&column| !stays(column)).collect()
    }

    /// Groups the rows that share a statement, with the columns that they write.
    fn statements(&self, dialect: Dialect, rows: &Arena<T::Root>) -> Vec<(ColumnSet, Vec<u32>)> {
        let table = T::META.base_table();
        let written = |slot: u32| (slot, self.written(rows.insert_columns(slot)));
        let slots = rows.present();
        let mut cut = Vec::new();
        for (columns, slots) in shapes(slots.into_iter().map(written).collect()) {
            let most = UpdateForm::max_rows(dialect, table, columns, self.identity());
            let batches = sql::batches(most, &slots, |slot| rows.payload(slot));
            cut.extend(batches.map(|batch| (columns, batch.to_vec())));
        }
        cut
    }

    /// Refuses a row that has no value for a column by which rows are found, or that the call
    /// names.
    fn refuse_unset(
        &self,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        let set = self.set.unwrap_or_default();
        for slot in chunk.slots() {
            let given = chunk.rows.insert_columns(slot);
            let has = chunk.rows.has(slot);
            if self.found_by.columns.iter().any(|&column| !given.contains(column)) {
                match self.skips_missing {
                    true => _ = chunk.rows.remove(slot),
                    false => chunk.reject(slot, self.unmatched(), callbacks)?,
                }
                continue;
            }
            let unset = set.and(has).iter().find(|&column| !given.contains(column));
            if let Some(column) = unset {
                let field = T::META.columns[column].field;
                let error = Error::Configuration(format!(
                    "row {} of the update of {} has no value for {field}, which set() names: give it a value, \
                     or leave it out of set()",
                    chunk.number(slot),
                    T::META.name
                ));
                chunk.reject(slot, error, callbacks)?;
            }
        }
        Ok(())
    }
}

impl<T: Concrete> Writing<T> for Updating<T> {
    fn prepare(&self) -> Prepare {
        Prepare::Update
    }

    fn begin(&mut self, session: &Session, first: &Chunk<T>, more: bool, rejects: bool) -> bool {
        self.several = more || rejects || self.statements(session.dialect(), &first.rows).len() > 1;
        let many = first.slots().len() > 1 || more;
        self.asks = many && !self.same.are_known_here(more);
        self.several
    }

    fn send(
        &mut self,
        session: &mut Session,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        self.refuse_unset(chunk, callbacks)?;
        self.same.refuse(chunk, callbacks)?;
        for (columns, batch) in self.statements(session.dialect(), &chunk.rows) {
            if columns.is_empty() {
                return Err(nothing_to_write(T::META));
            }
            session.send_batch(
                chunk,
                callbacks,
                &batch,
                true,
                &mut |session: &mut Session, chunk: &mut Chunk<T>, rows: &[u32]| {
                    self.send_rows(session, &chunk.rows, columns, rows)
                },
            )?;
        }
        Ok(())
    }
}

impl<T: Concrete> Updating<T> {
    /// Sends rows that write the same columns.
    fn send_rows(
        &mut self,
        session: &mut Session,
        rows: &Arena<T::Root>,
        columns: ColumnSet,
        batch: &[u32],
    ) -> Result<()> {
        let dialect = session.dialect();
        let meta = T::META.base_table();
        let by = self.identity();
        let form = UpdateForm::of(dialect, meta, columns, batch.len());
        let mut text = Text::new(dialect, &sql::update_by(dialect, meta, columns, by, form));
        let returning = self.asks && dialect.capabilities().returns_changes;
        if returning {
            text.push(" RETURNING ").list(meta.key, |text, &part| {
                text.column(meta, part);
            });
        }
        let sql = text.finish();
        let (arena, slots) = (rows, batch);
        let values =
            UpdateRows { arena, meta, slots, stored: slots, columns, by, parked: None, form };
        let cached = form == UpdateForm::FromArrays || sql::is_full(batch.len());
        let statement = Statement { sql: &sql, values: &values, cached };
        let mut written = Vec::new();
        let sent = match returning {
            true => session
                .sender()
                .load(&statement, &mut |row| {
                    written.push(read_key::<T>(row)?);
                    Ok(())
                })
                .map(|()| written.len()),
            false => session.sender().execute(&statement).map_err(Fault::Sql),
        };
        let matched = sent.map_err(|fault| session.write_fault::<T>(fault))?;
        session.note_written(Written::PastMap);
        if self.asks && !returning && (self.several || matched < batch.len()) {
            written = self.ask(session, rows, batch)?;
        }
        if matched < batch.len() && !self.skips_missing {
            // A row that was written before may be what is missing.
            self.same.check(&written)?;
            return Err(self.unmatched());
        }
        self.same.note(written)?;
        self.matched += matched;
        Ok(())
    }

    /// Reads the keys of the written rows, where no statement returns them.
    fn ask(
        &self,
        session: &mut Session,
        rows: &Arena<T::Root>,
        batch: &[u32],
    ) -> Result<Vec<T::Key>> {
        let (dialect, meta) = (session.dialect(), T::META.base_table());
        let by = self.identity();
        let columns: Vec<usize> = by.columns().collect();
        let sql = |rows| sql::select_keys_by(dialect, meta, by, rows);
        session.find_keys_of_call::<T>(rows, batch, &columns, sql)
    }
}

fn nothing_to_write(meta: &EntityMeta) -> Error {
    Error::Configuration(format!(
        "a bulk update of {} has nothing to write: its rows have no column besides those by which rows \
         are found",
        meta.name
    ))
}
