//! Many rows at once, past the unit of work.

use super::Session;
use super::rows::{InsertRows, TextOfBatch};
use crate::backend::{Dialect, Fault, Statement};
use crate::error::{Error, InvalidObject, Result};
use crate::map::{Arena, Placing, Table};
use crate::mapping::{ColumnSet, Entity};
use crate::sql::{self, InsertForm, Text};

/// Rows that are held at a time.
const CHUNK: usize = 10_000;

impl Session {
    /// Inserts rows without bringing them into the session: in statements of up to 500 rows, on
    /// PostgreSQL by COPY of up to 10,000, with memory for one chunk of rows at a time. Keys that the
    /// database makes are not told. What waits is flushed first. Answers how many rows were inserted.
    /// The [hooks](crate::Hooks) `before_insert` and `validate` run for each row, where there are any.
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
    /// [`Error::Invalid`] for a row that may not be written, before its chunk is sent; what the
    /// database answers; a violated constraint names entity and constraint. The statements
    /// before the one that failed stay in the transaction: run it in a
    /// [`savepoint`](Self::savepoint) to undo them.
    pub fn bulk_insert<T: Entity>(&mut self, rows: impl IntoIterator<Item = T>) -> Result<usize> {
        self.bulk(rows, None)
    }

    /// Inserts rows, and where a row has the primary key of one that is there, writes over that one
    /// all columns that the new row gives, a version as it is given. As [`bulk_insert`](Self::bulk_insert) otherwise; objects
    /// of the entity that are in memory become stale.
    ///
    /// # Errors
    /// As [`bulk_insert`](Self::bulk_insert).
    pub fn bulk_upsert<T: Entity>(&mut self, rows: impl IntoIterator<Item = T>) -> Result<usize> {
        let key = T::META.key_columns().map(|column| column.name).collect();
        self.upsert(rows, key)
    }

    /// As [`bulk_upsert`](Self::bulk_upsert), with a unique column other than the key deciding which
    /// row is meant, such as `user::name`. MySQL goes by all unique columns together.
    ///
    /// # Errors
    /// As [`bulk_insert`](Self::bulk_insert).
    pub fn bulk_upsert_on<T: Entity, C: diesel::Column<Table = T::Table>>(
        &mut self,
        _unique: C,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<usize> {
        self.upsert(rows, vec![C::NAME])
    }

    fn upsert<T: Entity>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        target: Vec<&'static str>,
    ) -> Result<usize> {
        if T::META.table.eq_ignore_ascii_case("excluded") {
            return Err(Error::Configuration(
                "rows can not be upserted into a table named excluded: in the statement that is the \
                 name of the new row"
                    .to_owned(),
            ));
        }
        let rows = self.bulk(rows, Some(&target))?;
        let handles = self.map.handles::<T>();
        self.map.expire_slots(&handles);
        Ok(rows)
    }

    fn bulk<T: Entity>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        upsert: Option<&[&'static str]>,
    ) -> Result<usize> {
        self.flush_first()?;
        self.begin_write()?;
        let mut rows = rows.into_iter().fuse();
        let mut inserted = 0;
        loop {
            // The rows of a chunk lie in an arena of their own, which no map knows.
            let mut arena = Arena::<T>::new(std::iter::once(0));
            for mut row in rows.by_ref().take(CHUNK) {
                prepare(&mut row)?;
                self.refuse_given(&mut row)?;
                self.map.complete_row(&mut row)?;
                arena.add(row, 0);
            }
            if arena.is_clean() {
                return Ok(inserted);
            }
            // They may belong to collections that are in memory.
            self.map.doubt(T::entity_index());
            inserted += arena.len();
            self.insert_chunk(&arena, upsert)?;
        }
    }

    /// Rows are written alone: what is in their collections would be lost.
    fn refuse_given<T: Entity>(&self, row: &mut T) -> Result<()> {
        let mut given = Vec::new();
        if T::HAS_COLLECTIONS {
            row.place(&mut Placing::merging(T::META, &mut given));
        }
        match given[..] {
            [] => Ok(()),
            _ => Err(Error::State {
                entity: T::META.name,
                key: row.key().map(|key| format!("{key:?}")),
                action: "inserted in bulk",
                reason: "it brings objects in its collections; add it to the session, or insert them \
                         by themselves",
            }),
        }
    }

    /// Inserts rows in runs that give the same columns.
    fn insert_chunk<T: Entity>(
        &mut self,
        arena: &Arena<T>,
        upsert: Option<&[&'static str]>,
    ) -> Result<()> {
        let dialect = self.dialect();
        let slots = arena.pending();
        for run in slots.chunk_by(|&a, &b| arena.given(a) == arena.given(b)) {
            if let Some(&slot) = run.iter().find(|&&slot| arena.unset_column(slot).is_some()) {
                return Err(Error::State {
                    entity: T::META.name,
                    key: arena.key_text(slot),
                    action: "inserted",
                    reason: "a deferred column was never given a value",
                });
            }
            let columns = arena.given(run[0]);
            if upsert.is_none() && self.copy_run(arena, run, columns)? {
                continue;
            }
            let tail = upsert.map(|target| on_conflict::<T>(dialect, columns, target));
            let size = if columns.is_empty() { 1 } else { usize::MAX };
            let payload = |slot| arena.payload(slot);
            let mut text = TextOfBatch::default();
            let max_rows = InsertForm::max_rows(dialect, T::META, columns);
            for batch in run.chunks(size).flat_map(|run| sql::batches(max_rows, run, payload)) {
                let form = InsertForm::of(dialect, T::META, columns, batch.len());
                let sql = text.of(batch.len(), || {
                    let insert = sql::insert(dialect, T::META, columns, form, false);
                    insert + tail.as_deref().unwrap_or_default()
                });
                let values = InsertRows { table: arena, slots: batch, columns, form };
                let cached = form == InsertForm::Arrays || sql::is_full(batch.len());
                let statement = Statement { sql, values: &values, cached };
                if let Err(error) = self.link.execute(&statement) {
                    return Err(self.write_fault::<T>(Fault::Sql(error)));
                }
                self.transaction.innermost().wrote = true;
            }
        }
        Ok(())
    }

    /// Sends a run by COPY, where there is one.
    fn copy_run<'b, T: Entity>(
        &mut self,
        arena: &'b Arena<T>,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<bool> {
        if columns.is_empty() || run.len() == 1 {
            return Ok(false);
        }
        let target = || {
            let mut text = Text::new(Dialect::Postgres, "");
            text.table(T::META).push(" (").columns(T::META, columns).push(")");
            text.finish()
        };
        let bind = |slot, pass: &mut crate::backend::Pass<'_, 'b>| arena.bind(slot, columns, pass);
        match self.link.copy(target, columns.len(), run, &bind) {
            None => Ok(false),
            Some(Ok(_)) => {
                self.transaction.innermost().wrote = true;
                Ok(true)
            }
            Some(Err(error)) => Err(self.write_fault::<T>(Fault::Sql(error))),
        }
    }
}

/// What a flush does with an object before its INSERT.
fn prepare<T: Entity>(row: &mut T) -> Result<()> {
    if !T::PREPARES {
        return Ok(());
    }
    row.prepare_insert().map_err(|invalid| {
        Error::Invalid(Box::new(InvalidObject {
            entity: T::META.name,
            key: row.key().map(|key| format!("{key:?}")),
            invalid,
            object: None,
            autoflush: false,
        }))
    })
}

/// What happens to a row that is there already.
fn on_conflict<T: Entity>(dialect: Dialect, columns: ColumnSet, target: &[&'static str]) -> String {
    let meta = T::META;
    let kept = |column: &usize| !target.contains(&meta.columns[*column].name);
    let written: Vec<usize> =
        columns.iter().filter(kept).filter(|column| !meta.key.contains(column)).collect();
    if dialect == Dialect::Mysql {
        let mut text = Text::new(dialect, " ON DUPLICATE KEY UPDATE ");
        // Writing a key over itself is MySQL's way to do nothing.
        let written = if written.is_empty() { meta.key.to_vec() } else { written };
        text.list(written, |text, column| {
            text.column(meta, column).push(" = VALUES(").column(meta, column).push(")");
        });
        return text.finish();
    }
    let mut text = Text::new(dialect, " ON CONFLICT (");
    text.list(target, |text, name| {
        text.name(name);
    });
    if written.is_empty() {
        text.push(") DO NOTHING");
    } else {
        text.push(") DO UPDATE SET ");
        text.list(written, |text, column| {
            text.column(meta, column).push(" = excluded.").column(meta, column);
        });
    }
    text.finish()
}
