//! The statements that insert, and the keys that the database makes for them.

use super::{Done, Stop, read_number, table_of};
use crate::backend::{Dialect, Fault, Fragment, Link, Statement};
use crate::error::{Error, Result};
use crate::map::Flushed;
use crate::mapping::{ColumnSet, EntityMeta};
use crate::plan::Step;
use crate::session::Session;
use crate::session::rows::{InsertRows, TextOfBatch};
use crate::sql::{self, InsertForm, Text};

/// Fewer new rows than this get their keys by RETURNING: finding out whether the keys can be counted
/// costs a statement, and counting them another.
const WORTH_COUNTING: usize = 128;

/// How the keys come back that the database makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum GeneratedKeys {
    /// `RETURNING`.
    Returned,
    /// The rows of one INSERT have keys in a row, and the database tells one of them.
    Counted,
}

impl Session {
    /// Inserts the rows of a step, and gives their objects the keys that the database makes.
    pub(super) fn run_insert(
        &mut self,
        n: usize,
        step: &Step,
        (columns, generated): (ColumnSet, bool),
        single: bool,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let dialect = self.dialect();
        let keys = match generated {
            true => {
                let rows = if single { 1 } else { step.slots.len() };
                Some(self.generated_keys(step.meta, rows).map_err(Stop::Other)?)
            }
            false => None,
        };
        let returning = keys == Some(GeneratedKeys::Returned);
        let mut text = TextOfBatch::default();
        let max_rows = InsertForm::max_rows(dialect, step.meta, columns);
        for slots in self.batches(step, max_rows, single || columns.is_empty()) {
            let form = InsertForm::of(dialect, step.meta, columns, slots.len());
            let sql =
                text.of(slots.len(), || sql::insert(dialect, step.meta, columns, form, returning));
            let table = table_of(&self.map, step)?;
            let rows = InsertRows { table, slots: &slots, columns, form };
            let cached = form == InsertForm::Arrays || sql::is_full(slots.len());
            let statement = Statement { sql, values: &rows, cached };
            let made = match send_insert(&mut self.link, step.meta, &statement, slots.len(), keys) {
                Ok(made) => made,
                Err(Fault::Sql(error)) => return Err(Stop::Statement { step: n, slots, error }),
                Err(Fault::Row(error)) => return Err(Stop::Other(error)),
            };
            for (&slot, &key) in slots.iter().zip(&made) {
                self.map.give_key(step.entity, slot, key);
            }
            let mut made = made.into_iter();
            done.tell(step, slots.iter().map(|&slot| (slot, Flushed::Inserted(made.next()))));
        }
        Ok(())
    }

    /// How the keys of so many new rows come back.
    pub(in crate::session) fn generated_keys(
        &mut self,
        meta: &EntityMeta,
        rows: usize,
    ) -> Result<GeneratedKeys> {
        match self.dialect() {
            Dialect::Postgres => Ok(GeneratedKeys::Returned),
            Dialect::Mysql => Ok(GeneratedKeys::Counted),
            Dialect::Sqlite if rows < WORTH_COUNTING => Ok(GeneratedKeys::Returned),
            Dialect::Sqlite => self.sqlite_generated_keys(meta),
        }
    }

    /// SQLite numbers the rows of one INSERT in a row, if the key is the number of the row, no
    /// trigger inserts in between, and there are numbers left. Asked inside the transaction that
    /// inserts, where nobody else can make a trigger.
    fn sqlite_generated_keys(&mut self, meta: &EntityMeta) -> Result<GeneratedKeys> {
        let (Some(key), None) = (meta.auto_column(), meta.schema) else {
            return Ok(GeneratedKeys::Returned);
        };
        let text = |name: &str| format!("'{}'", name.replace('\'', "''"));
        let table = text(meta.table);
        let column = text(meta.columns[key].name);
        let mut sql = Text::new(Dialect::Sqlite, "SELECT (SELECT coalesce(max(");
        sql.column(meta, key).push("), 0) < 9000000000000000000 FROM ").table(meta);
        sql.push(&format!(
            ") AND NOT EXISTS (SELECT 1 FROM (SELECT tbl_name, type FROM sqlite_master UNION ALL \
             SELECT tbl_name, type FROM sqlite_temp_master) WHERE type = 'trigger' AND tbl_name = \
             {table} COLLATE NOCASE) AND EXISTS (SELECT 1 FROM pragma_table_info({table}) WHERE \
             name = {column} COLLATE NOCASE AND upper(type) = 'INTEGER' AND pk = 1) AND NOT EXISTS \
             (SELECT 1 FROM pragma_index_list({table}) WHERE origin = 'pk')"
        ));
        let countable = self.read_number(&sql.finish())? == 1;
        Ok(if countable { GeneratedKeys::Counted } else { GeneratedKeys::Returned })
    }
}

/// Sends an INSERT; answers the keys that the database has made, in the order of the rows.
pub(in crate::session) fn send_insert(
    link: &mut Link,
    meta: &EntityMeta,
    statement: &dyn Fragment,
    rows: usize,
    keys: Option<GeneratedKeys>,
) -> Result<Vec<i64>, Fault> {
    let mut made = Vec::new();
    match keys {
        Some(GeneratedKeys::Returned) => link.load(statement, &mut |row| {
            made.push(read_key(row)?);
            Ok(())
        })?,
        _ => {
            link.execute(statement).map_err(Fault::Sql)?;
        }
    }
    if keys == Some(GeneratedKeys::Counted) {
        made = count_keys(link, rows).map_err(Fault::Row)?;
    }
    if keys.is_some() && made.len() != rows {
        return Err(Fault::Row(keys_missing(meta, rows, made.len())));
    }
    // Keys are made in the order of the rows. PostgreSQL does not promise the order of
    // RETURNING; SQLite keeps it, and may make keys in no order near the end of the numbers.
    if link.dialect() == Dialect::Postgres && !made.is_sorted_by(|a, b| a > b) {
        made.sort_unstable();
    }
    Ok(made)
}

/// The keys of the rows that the last INSERT made.
fn count_keys(link: &mut Link, rows: usize) -> Result<Vec<i64>> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    match link.dialect() {
        Dialect::Mysql => {
            // The first key; a cluster may count in steps.
            let first = read_number(link, "SELECT CAST(LAST_INSERT_ID() AS SIGNED)")?;
            let by = match rows {
                1 => 1,
                _ => read_number(link, "SELECT CAST(@@auto_increment_increment AS SIGNED)")?,
            };
            Ok((0..rows).map(|n| first + n * by).collect())
        }
        _ => {
            let last = read_number(link, "SELECT last_insert_rowid()")?;
            Ok((last - rows + 1..=last).collect())
        }
    }
}

/// A key of either width.
fn read_key(row: &mut crate::backend::Row<'_, '_>) -> Result<i64> {
    row.get::<diesel::sql_types::BigInt, i64>()
        .or_else(|_| {
            row.rewind(0);
            row.get::<diesel::sql_types::Integer, i32>().map(i64::from)
        })
        .map_err(Into::into)
}

fn keys_missing(meta: &EntityMeta, rows: usize, keys: usize) -> Error {
    Error::Configuration(format!(
        "{rows} rows of {} were inserted, but {keys} keys came back: a trigger or a rule of the \
         table gets in the way",
        meta.name
    ))
}
