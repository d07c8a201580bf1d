//! The statements of an upsert.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::sql_types::Bool;

use super::outcomes::{KeysOfRows, Outcomes, Told, Upserted};

use crate::backend::{Binds, Dialect, Fault, SqlFragment, SqlWriter, Statement};
use crate::error::{DatabaseErrorKind, Error, Result};
use crate::map::{Arena, Written, read_key};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta, UniqueSet};
use crate::plan::{self, Ordered};
use crate::session::Session;
use crate::session::bulk::bulk_callbacks::BulkCallbacks;
use crate::session::bulk::chunk::{Chunk, Prepare, batches, runs};
use crate::session::bulk::same_rows::SameRows;
use crate::session::bulk::write_all::Writing;
use crate::session::row_binds::InsertRows;
use crate::sql::{self, InsertForm, KeyClause, OnConflict, Refused};

/// An upsert that is being sent.
pub(super) struct Upserting<'c, T: Entity> {
    on_conflict: OnConflict,
    /// The expressions that are assigned to columns of existing rows.
    combined: Option<Box<dyn SqlFragment + 'c>>,
    /// `true` if the database reports the rows that it has written, which finds duplicates that
    /// only the database can detect.
    asks: bool,
    same: SameRows<T>,
    /// What was done with each row, if the caller wants to know.
    outcomes: Option<Outcomes<T>>,
}

impl<'c, T: Concrete> Upserting<'c, T> {
    pub(super) fn new(
        on_conflict: OnConflict,
        combined: Option<Box<dyn SqlFragment + 'c>>,
        outcomes: Option<Outcomes<T>>,
    ) -> Self {
        let (columns, condition) = (on_conflict.target.clone(), on_conflict.condition);
        let same = SameRows::new(UniqueSet { columns, condition });
        Upserting { on_conflict, combined, asks: false, same, outcomes }
    }
}

impl<T: Entity> Upserting<'_, T> {
    /// Returns what was done with each row, in their order.
    pub(super) fn into_outcomes(self) -> Vec<Upserted<T::Key>> {
        self.outcomes.map(|outcomes| outcomes.done).unwrap_or_default()
    }
}

impl<T: Concrete> Writing<T> for Upserting<'_, T> {
    fn prepare(&self) -> Prepare {
        if self.on_conflict.nothing { Prepare::Insert } else { Prepare::Upsert }
    }

    fn begin(&mut self, session: &Session, first: &Chunk<T>, more: bool, rejects: bool) -> bool {
        let dialect = session.dialect();
        let several = statements(dialect, &first.rows).len() > 1;
        let refuses = dialect.capabilities().refuses_second_upsert;
        let found_there = refuses && !several && !more && !rejects;
        let many = first.slots().len() > 1 || more;
        self.asks =
            !self.on_conflict.nothing && many && !self.same.are_known_here(more) && !found_there;
        several || rejects || self.outcomes.is_some()
    }

    fn send(
        &mut self,
        session: &mut Session,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        if !self.on_conflict.nothing {
            self.same.refuse(chunk, callbacks)?;
        }
        for (columns, batch) in statements(session.dialect(), &chunk.rows) {
            let late = self.asks || self.outcomes.is_some() || T::META.hierarchy.is_some();
            session.send_batch(
                chunk,
                callbacks,
                &batch,
                late,
                &mut |session: &mut Session, chunk: &mut Chunk<T>, rows: &[u32]| {
                    self.send_rows(session, &chunk.rows, columns, rows)
                },
            )?;
        }
        if let Some(outcomes) = &mut self.outcomes {
            outcomes.keep(&chunk.slots());
        }
        Ok(())
    }
}

impl<T: Concrete> Upserting<'_, T> {
    /// Sends rows that set the same columns.
    fn send_rows(
        &mut self,
        session: &mut Session,
        rows: &Arena<T::Root>,
        columns: ColumnSet,
        batch: &[u32],
    ) -> Result<()> {
        let dialect = session.dialect();
        let meta = T::META.base_table();
        let form = InsertForm::of(dialect, meta, columns, batch.len());
        let finds = self.may_find(meta, columns);
        let writes = finds && self.on_conflict.writes(meta, columns);
        let capabilities = dialect.capabilities();
        let returning = self.asks && capabilities.returns_changes && writes;
        // Whether rows are new is said by the statement, or by what was there before it.
        let says_new = capabilities.tells_new_rows.filter(|_| self.outcomes.is_some() && finds);
        let mut told = Told::AllNew;
        if self.outcomes.is_some() && finds && says_new.is_none() {
            told =
                Told::Before(session.keys_of_rows::<T>(&self.on_conflict, rows, columns, batch)?);
        }
        let mut sql = sql::insert(dialect, meta, columns, form, KeyClause::None);
        if finds {
            let places = match form {
                InsertForm::Arrays => columns.len(),
                _ => columns.len() * batch.len(),
            };
            let more = says_new.map(|new| format!(", {new}"));
            let returning = more.as_deref().or(returning.then_some(""));
            sql += &self.on_conflict.clause(dialect, meta, columns, places, returning);
        }
        let rows_of_insert = InsertRows { arena: rows, slots: batch, columns, form };
        let combined = self.combined.as_deref().filter(|_| writes);
        let values = UpsertedRows { rows: rows_of_insert, combined };
        let cached = form == InsertForm::Arrays || sql::is_full(batch.len());
        let statement = Statement { sql: &sql, values: &values, cached };
        let (mut written, mut new) = (Vec::new(), HashMap::default());
        let sent = match returning || says_new.is_some() {
            true => session
                .sender()
                .load(&statement, &mut |row| {
                    let key = read_key::<T>(row)?;
                    if says_new.is_some() {
                        new.insert(key.clone(), row.get::<Bool, bool>()?);
                    }
                    written.push(key);
                    Ok(())
                })
                .map(|()| written.len()),
            false => session.sender().execute(&statement).map_err(Fault::Sql),
        };
        let sent = sent.map_err(|fault| self.failed(session, fault))?;
        session.note_written(Written::PastMap);
        if writes
            && self.on_conflict.kind.is_some()
            && dialect.capabilities().counts_rows_left_alone
            && sent < batch.len()
        {
            return Err(other_kind(T::META));
        }
        if self.asks && writes && !returning {
            written = self.ask(session, rows, columns, batch)?;
        }
        if self.asks {
            self.same.note(written)?;
        }
        if let Some(outcomes) = &mut self.outcomes {
            if says_new.is_some() {
                told = Told::Written(new);
            }
            let keys = match finds {
                true => session.keys_of_rows::<T>(&self.on_conflict, rows, columns, batch)?,
                false => KeysOfRows::<T>::default(),
            };
            outcomes.note(rows, batch, &told, keys, writes)?;
        }
        Ok(())
    }

    /// Returns `true` if rows with these columns can exist already. They cannot if the database
    /// generates the key by which they are found.
    fn may_find(&self, meta: &EntityMeta, given: ColumnSet) -> bool {
        let made = meta.auto_column().filter(|&auto| !given.contains(auto));
        !given.is_empty() && made.is_none_or(|auto| !self.on_conflict.target.contains(&auto))
    }

    /// Reads the keys of the written rows, where no statement returns them.
    fn ask(
        &self,
        session: &mut Session,
        rows: &Arena<T::Root>,
        given: ColumnSet,
        batch: &[u32],
    ) -> Result<Vec<T::Key>> {
        let (dialect, meta) = (session.dialect(), T::META.base_table());
        let columns = self.on_conflict.bound_by_row(given);
        let sql = |rows| self.on_conflict.select_keys(dialect, meta, given, rows);
        session.find_keys_of_call::<T>(rows, batch, &columns, sql)
    }

    /// Converts an error of the database. Some of its errors are about the clause and not about the
    /// rows.
    fn failed(&self, session: &mut Session, fault: Fault) -> Error {
        let mut error = match session.fault(fault) {
            Error::Database(error) => error,
            other => return other,
        };
        if error.message.contains("cannot affect row a second time") {
            return self.same.error(None, None);
        }
        match Refused::of(&error.message) {
            Some(Refused::OtherSet) => {
                error.kind = DatabaseErrorKind::Unique;
                error.message = format!(
                    "an existing row differs in ({}), but has the same values of another unique set",
                    self.same.names().join(", ")
                );
                Error::violation_of(T::META, error)
            }
            Some(Refused::OtherKind) => other_kind(T::META),
            None if error.kind.is_constraint() => Error::violation_of(T::META, error),
            None => Error::Database(error),
        }
    }
}

/// Groups the rows that share a statement, with the columns that they set.
fn statements<F: Entity>(dialect: Dialect, rows: &Arena<F>) -> Vec<(ColumnSet, Vec<u32>)> {
    let meta = F::META.base_table();
    let mut cut = Vec::new();
    // References in a circle are sent with their rows, which may exist already.
    let ordered = Ordered { circular: Vec::new(), ..plan::ordered(rows) };
    for (columns, run) in runs(rows, &ordered, 0) {
        let run = batches(rows, dialect, meta, &run, columns);
        cut.extend(run.into_iter().map(|batch| (columns, batch.to_vec())));
    }
    cut
}

/// Returns the error about an existing row of another subtype. The row of the call is not known.
#[cold]
fn other_kind(meta: &EntityMeta) -> Error {
    Error::Configuration(format!(
        "rows of {} cannot be upserted: the existing row is of another subtype, which cannot be \
         changed; delete the row first",
        meta.name
    ))
}

/// The rows of the INSERT, and the values in the expressions of its clause.
struct UpsertedRows<'a> {
    rows: InsertRows<'a>,
    combined: Option<&'a (dyn SqlFragment + 'a)>,
}

impl Binds for UpsertedRows<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.rows.bind_all(pass)?;
        self.combined.map_or(Ok(()), |combined| combined.walk(pass))
    }
}
