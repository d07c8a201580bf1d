//! The statements that insert, and the keys that the database generates for them.

use super::{Done, Stop, arena_of};
use crate::backend::{Connection, Dialect, Fault, KeyFacts, KeyOrder, NewKeys, Statement};
use crate::error::{Error, Result};
use crate::map::{ErasedArena, Flushed};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::plan::{InsertOf, Question, ReadKeys, Step};
use crate::session::Session;
use crate::session::row_binds::{InsertRows, TextOfBatch};
use crate::sql::{self, InsertForm};

/// Sends the INSERTs of rows that set the same columns of a table.
pub(in crate::session) struct Inserts<'a> {
    meta: &'a EntityMeta,
    insert: InsertOf<'a>,
    /// Whether to send the rows one by one, whatever the form.
    single: bool,
    text: TextOfBatch,
}

impl Session {
    /// Inserts the rows of a step, and assigns the generated keys to their objects.
    pub(super) fn run_insert(
        &mut self,
        n: usize,
        step: &Step,
        single: bool,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let rows = if single { 1 } else { step.slots.len() };
        let Some(insert) = step.insert() else { return Ok(()) };
        let mut inserts = Inserts::of(step.meta, insert, single);
        inserts.decide(self.sender(), rows).map_err(|fault| Stop::Other(fault.into()))?;
        let mut rest = &step.slots[..];
        while !rest.is_empty() {
            let batch = inserts.batch(self.dialect(), rest, arena_of(self.map(), step)?);
            let stop = |fault| match fault {
                Fault::Sql(error) => Stop::Statement { step: n, slots: batch.to_vec(), error },
                Fault::Row(error) => Stop::Other(error),
            };
            let before = inserts.keys_before(self.sender(), batch.len()).map_err(stop)?;
            for (&slot, &key) in batch.iter().zip(&before) {
                self.map_mut().assign_key(step.entity, slot, key);
            }
            let (map, sender) = self.map_and_sender();
            let arena = arena_of(map, step)?;
            let Some(made) = inserts.send(sender, arena, batch).map_err(stop)? else {
                continue;
            };
            for (&slot, &key) in batch.iter().zip(&made) {
                self.map_mut().assign_key(step.entity, slot, key);
            }
            let mut keys = before.into_iter().chain(made);
            done.tell(step, batch.iter().map(|&slot| (slot, Flushed::Inserted(keys.next()))));
            rest = &rest[batch.len()..];
        }
        Ok(())
    }
}

impl<'a> Inserts<'a> {
    /// Creates the INSERTs of rows that set these columns and read the keys that the database
    /// generates.
    pub(in crate::session) fn for_keys(meta: &'a EntityMeta, columns: ColumnSet) -> Self {
        Inserts::of(meta, InsertOf::new(meta, columns, true), false)
    }

    /// Creates the INSERTs of rows that set these columns. Generated keys are not read.
    pub(in crate::session) fn without_keys(meta: &'a EntityMeta, columns: ColumnSet) -> Self {
        Inserts::of(meta, InsertOf::new(meta, columns, false), false)
    }

    fn of(meta: &'a EntityMeta, insert: InsertOf<'a>, single: bool) -> Self {
        Inserts { meta, insert, single, text: TextOfBatch::default() }
    }

    /// Decides how to read the keys of this many rows. Sends one SELECT if the session must ask the
    /// catalogue and has not done so yet.
    pub(in crate::session) fn decide(
        &mut self,
        connection: &mut Connection,
        rows: usize,
    ) -> Result<(), Fault> {
        let known = connection.known_key_order(self.meta);
        match self.insert.decide(connection.dialect(), rows, known).map_err(Fault::Row)? {
            Some(question) => self.ask(connection, question),
            None => Ok(()),
        }
    }

    /// Asks the catalogue, and decides by the answer.
    fn ask(&mut self, connection: &mut Connection, question: Question) -> Result<(), Fault> {
        let Some(key) = self.meta.auto_column() else { return Ok(()) };
        let facts = match (question, connection.dialect().capabilities().new_keys) {
            // Asked inside the transaction that inserts, where no one else can create a trigger.
            (Question::Counts, NewKeys::ReturnedInOrder { counts_on, .. }) => {
                let (table, column) = (self.meta.table_name(), self.meta.columns[key].name);
                match connection.read_numbers(&counts_on(table, column))? {
                    (1, _) => KeyFacts::ordered(KeyOrder::Ascending),
                    _ => KeyFacts::ordered(KeyOrder::Unknown),
                }
            }
            (Question::Counts, _) => KeyFacts::ordered(KeyOrder::Unknown),
            (Question::Keys { whole }, _) => connection.key_facts(self.meta, key, whole)?,
        };
        self.insert.decide_by(connection.dialect(), &facts).map_err(Fault::Row)?;
        self.text = TextOfBatch::default();
        Ok(())
    }

    /// Returns the next rows that share a statement.
    pub(in crate::session) fn batch<'s>(
        &self,
        dialect: Dialect,
        rest: &'s [u32],
        arena: &dyn ErasedArena,
    ) -> &'s [u32] {
        let rest = if self.single { &rest[..rest.len().min(1)] } else { rest };
        self.insert.batch(dialect, rest, |slot| arena.payload(slot))
    }

    /// Reads the keys of this many rows, if they are generated before the rows. Assign them to
    /// their objects before you [send](Self::send) these.
    pub(in crate::session) fn keys_before(
        &self,
        connection: &mut Connection,
        rows: usize,
    ) -> Result<Vec<i64>, Fault> {
        let Some(sql) = self.insert.keys_before(connection.dialect(), rows) else {
            return Ok(Vec::new());
        };
        let statement = Statement { sql: &sql, values: &(), cached: false };
        read_keys(connection, &statement, rows)
    }

    /// Inserts a batch. Returns the keys that the database generated, in the order of the rows, or
    /// `None` if nothing was inserted and the rest must be cut into batches again.
    pub(in crate::session) fn send(
        &mut self,
        connection: &mut Connection,
        arena: &dyn ErasedArena,
        slots: &[u32],
    ) -> Result<Option<Vec<i64>>, Fault> {
        let (dialect, rows) = (connection.dialect(), slots.len());
        if self.insert.cannot_prove(dialect, rows) {
            self.ask(connection, self.insert.question(dialect))?;
            return Ok(None);
        }
        if let Some(sql) = self.insert.forgets_last_key(dialect) {
            connection.read_numbers(sql)?;
        }
        let (columns, form) = (self.insert.columns(), self.insert.form(dialect, rows));
        let sql = self.text.of(rows, || self.insert.sql(dialect, rows));
        let values = InsertRows { arena, slots, columns, form };
        let cached = form == InsertForm::Arrays || sql::is_full(rows);
        let statement = Statement { sql, values: &values, cached };
        let is_proven = connection.known_key_order(self.meta).is_some();
        let keys = match self.insert.reads_keys(dialect, rows, is_proven) {
            ReadKeys::Returned => read_keys(connection, &statement, rows)?,
            ReadKeys::No => {
                connection.execute(&statement).map_err(Fault::Sql)?;
                return Ok(Some(Vec::new()));
            }
            ReadKeys::First { sql } => {
                connection.execute(&statement).map_err(Fault::Sql)?;
                let keys = count_on(connection.read_numbers(&sql)?, rows);
                if !keys.is_empty() && !is_proven {
                    connection.note_ascending(self.meta);
                }
                keys
            }
            ReadKeys::Last { sql } => {
                connection.execute(&statement).map_err(Fault::Sql)?;
                count_back(connection.read_numbers(sql)?.0, rows)
            }
        };
        if self.insert.proves(rows) {
            if keys.is_empty() {
                self.ask(connection, self.insert.question(dialect))?;
                return Ok(None);
            }
            connection.note_ascending(self.meta);
            self.insert.note_ascending();
            self.text = TextOfBatch::default();
        }
        if keys.len() != rows {
            return Err(Fault::Row(keys_missing(self.meta, rows, keys.len())));
        }
        Ok(Some(self.insert.in_order(keys)))
    }
}

fn read_keys(
    connection: &mut Connection,
    statement: &Statement<'_>,
    rows: usize,
) -> Result<Vec<i64>, Fault> {
    let mut keys = Vec::with_capacity(rows);
    connection.load(statement, &mut |row| {
        keys.push(row.get::<diesel::sql_types::BigInt, i64>()?);
        Ok(())
    })?;
    Ok(keys)
}

/// Counts the keys of this many rows up from the first one. Returns none if they cannot be counted.
fn count_on((first, by): (i64, i64), rows: usize) -> Vec<i64> {
    let rows = if first == 0 || by == 0 { 0 } else { as_number(rows) };
    (0..rows).map(|n| first + n * by).collect()
}

/// Counts the keys of this many rows back from the last one.
fn count_back(last: i64, rows: usize) -> Vec<i64> {
    (last - as_number(rows) + 1..=last).collect()
}

fn as_number(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn keys_missing(meta: &EntityMeta, rows: usize, keys: usize) -> Error {
    Error::Configuration(format!(
        "{rows} rows of {} were inserted, but {keys} keys came back: a trigger or rule of the table \
         interferes with key_source; assign the keys in the program",
        meta.name
    ))
}
