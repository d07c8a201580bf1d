//! Many rows at once, past the unit of work.

use super::Session;
use super::rows::{InsertRows, TextOfBatch};
use super::write::Inserts;
use crate::backend::{Dialect, Fault, Statement};
use crate::error::{Error, InvalidObject, Result};
use crate::map::{Arena, Table, Written};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta};
use crate::plan::tables;
use crate::sql::{self, InsertForm, KeyClause, Text};

/// Rows that are held at a time.
const CHUNK: usize = 10_000;

impl Session {
    /// Inserts rows without bringing them into the session: in statements of up to 500 rows, on
    /// PostgreSQL by COPY of up to 10,000, with memory for one chunk of rows at a time. Keys that the
    /// database makes are not told. Rows of several kinds come as the enum of them; where kinds have tables
    /// of their own, a chunk goes into one table after the other, and keys cost what they cost a
    /// [flush](Self::flush). What waits is flushed first. Answers how many rows were inserted.
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
    pub fn bulk_insert<T: Concrete>(&mut self, rows: impl IntoIterator<Item = T>) -> Result<usize> {
        self.bulk(rows, None)
    }

    /// Inserts rows, and where a row has the primary key of one that is there, writes over that one
    /// all columns that the new row gives, a version as it is given. As [`bulk_insert`](Self::bulk_insert) otherwise; objects
    /// of the entity that are in memory become stale.
    ///
    /// # Errors
    /// As [`bulk_insert`](Self::bulk_insert); [`Error::Configuration`] for kinds with tables of their own,
    /// whose rows no single statement writes.
    pub fn bulk_upsert<T: Concrete>(&mut self, rows: impl IntoIterator<Item = T>) -> Result<usize> {
        let key = T::META.key_columns().map(|column| column.name).collect();
        self.upsert(rows, key)
    }

    /// As [`bulk_upsert`](Self::bulk_upsert), with a unique column other than the key deciding which
    /// row is meant, such as `user::name`. MySQL goes by all unique columns together.
    ///
    /// # Errors
    /// As [`bulk_insert`](Self::bulk_insert).
    pub fn bulk_upsert_on<T: Concrete, C: diesel::Column<Table = T::Table>>(
        &mut self,
        _unique: C,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<usize> {
        self.upsert(rows, vec![C::NAME])
    }

    fn upsert<T: Concrete>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        target: Vec<&'static str>,
    ) -> Result<usize> {
        let tables = T::META.all_tables();
        if tables.len() > 1 {
            return Err(Error::Configuration(format!(
                "the rows of {} are in {} tables, and can not be upserted by one statement: merge() the \
                 objects",
                T::META.name,
                tables.len()
            )));
        }
        if tables[0].table.eq_ignore_ascii_case("excluded") {
            return Err(Error::Configuration(
                "rows can not be upserted into a table named excluded: in the statement that is the \
                 name of the new row"
                    .to_owned(),
            ));
        }
        let rows = self.bulk(rows, Some(&target))?;
        let handles = self.map.handles::<T>();
        self.map.expire_handles(&handles);
        Ok(rows)
    }

    fn bulk<T: Concrete>(
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
            let mut arena = Arena::<T::Family>::new(1);
            for mut row in rows.by_ref().take(CHUNK) {
                prepare(&mut row)?;
                self.refuse_given(&mut row)?;
                self.map.complete_row(&mut row)?;
                arena.add(row.into_family(), 0);
            }
            if arena.is_clean() {
                return Ok(inserted);
            }
            // They may belong to collections that are in memory.
            self.map.doubt(T::entity_index());
            inserted += arena.len();
            self.insert_chunk::<T>(&mut arena, upsert)?;
        }
    }

    /// Rows are written alone: what is in their collections would be lost.
    fn refuse_given<T: Entity>(&self, row: &mut T) -> Result<()> {
        match super::merge_graph::brings_objects(row) {
            false => Ok(()),
            true => Err(Error::State {
                entity: T::META.name,
                key: row.key().map(|key| format!("{key:?}")),
                action: "inserted in bulk",
                reason: "it brings objects in its collections; add it to the session, or insert them \
                         by themselves",
            }),
        }
    }

    /// Inserts rows into one table after the other, that of the base first.
    fn insert_chunk<T: Entity>(
        &mut self,
        arena: &mut Arena<T::Family>,
        upsert: Option<&[&'static str]>,
    ) -> Result<()> {
        let slots = arena.pending();
        if let Some(&slot) = slots.iter().find(|&&slot| arena.unset_column(slot).is_some()) {
            return Err(Error::State {
                entity: arena.name(slot),
                key: arena.key_text(slot),
                action: "inserted",
                reason: "a deferred column was never given a value",
            });
        }
        for n in T::META.tables_by_reference() {
            let table = T::META.numbered_table(n);
            for (columns, run) in runs(arena, &slots, n) {
                // Rows in further tables share the keys.
                let is_split = tables::count(T::META) > 1;
                let makes = table.auto_column().is_some_and(|auto| !columns.contains(auto));
                if is_split && makes {
                    self.insert_for_keys::<T>(arena, table, &run, columns)?;
                } else {
                    self.insert_run::<T>(arena, table, &run, columns, upsert)?;
                }
            }
        }
        Ok(())
    }

    /// Inserts rows that give the same columns.
    fn insert_run<T: Entity>(
        &mut self,
        arena: &Arena<T::Family>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
        upsert: Option<&[&'static str]>,
    ) -> Result<()> {
        if upsert.is_none() && self.copy_run::<T>(arena, table, run, columns)? {
            return Ok(());
        }
        let dialect = self.dialect();
        let tail = upsert.map(|target| on_conflict(dialect, table, columns, target));
        let mut text = TextOfBatch::default();
        for batch in batches(arena, dialect, table, run, columns) {
            let form = InsertForm::of(dialect, table, columns, batch.len());
            let sql = text.of(batch.len(), || {
                let insert = sql::insert(dialect, table, columns, form, KeyClause::None);
                insert + tail.as_deref().unwrap_or_default()
            });
            let values = InsertRows { table: arena, slots: batch, columns, form };
            let cached = form == InsertForm::Arrays || sql::is_full(batch.len());
            let statement = Statement { sql, values: &values, cached };
            if let Err(error) = self.link.execute(&statement) {
                return Err(self.write_fault::<T>(Fault::Sql(error)));
            }
            self.note_written(Written::PastMap);
        }
        Ok(())
    }

    /// The same where the database makes keys that rows in further tables share.
    fn insert_for_keys<T: Entity>(
        &mut self,
        arena: &mut Arena<T::Family>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<()> {
        let mut inserts = Inserts::new(table, columns, true, false);
        let chosen = inserts.choose_way(&mut self.link, run.len());
        chosen.map_err(|fault| self.write_fault::<T>(fault))?;
        let mut rest = run;
        while !rest.is_empty() {
            let batch = inserts.batch(self.link.dialect(), rest, arena);
            let before = inserts.keys_before(&mut self.link, batch.len());
            let before = before.map_err(|fault| self.write_fault::<T>(fault))?;
            let give = |arena: &mut Arena<T::Family>, keys: Vec<i64>| {
                batch.iter().zip(keys).for_each(|(&slot, key)| arena.give_key(slot, key));
            };
            give(arena, before);
            let sent = inserts.send(&mut self.link, arena, batch);
            let Some(made) = sent.map_err(|fault| self.write_fault::<T>(fault))? else { continue };
            self.note_written(Written::PastMap);
            give(arena, made);
            rest = &rest[batch.len()..];
        }
        Ok(())
    }

    /// Sends a run by COPY, where there is one.
    fn copy_run<'b, T: Entity>(
        &mut self,
        arena: &'b Arena<T::Family>,
        table: &EntityMeta,
        run: &[u32],
        columns: ColumnSet,
    ) -> Result<bool> {
        // COPY passes by the rules of a table.
        if columns.is_empty() || run.len() == 1 || table.no_returning {
            return Ok(false);
        }
        let target = || {
            let mut text = Text::new(Dialect::Postgres, "");
            text.table(table).push(" (").columns(table, columns).push(")");
            text.finish()
        };
        let bind = |slot, pass: &mut crate::backend::Pass<'_, 'b>| arena.bind(slot, columns, pass);
        match self.link.copy(target, columns.len(), run, &bind) {
            None => Ok(false),
            Some(Ok(_)) => {
                self.note_written(Written::PastMap);
                Ok(true)
            }
            Some(Err(error)) => Err(self.write_fault::<T>(Fault::Sql(error))),
        }
    }
}

/// The rows that give the same columns of a table: those that stand side by side, and of several kinds
/// wherever they stand.
fn runs<F: Entity>(arena: &Arena<F>, slots: &[u32], table: usize) -> Vec<(ColumnSet, Vec<u32>)> {
    if F::META.hierarchy.is_some() {
        let rows =
            slots.iter().filter_map(|&slot| Some((slot, tables::given(arena, slot, table)?)));
        return tables::shapes(rows.collect());
    }
    let runs = slots.chunk_by(|&a, &b| arena.given(a) == arena.given(b));
    runs.map(|run| (arena.given(run[0]), run.to_vec())).collect()
}

/// Cuts a run into batches; rows of which nothing is given go one by one.
fn batches<'a, F: Entity>(
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
fn on_conflict(
    dialect: Dialect,
    meta: &EntityMeta,
    columns: ColumnSet,
    target: &[&'static str],
) -> String {
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
