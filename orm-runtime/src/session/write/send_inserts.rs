//! The statements that insert, and the keys that the database makes for them.

use super::{Done, Stop, arena_of};
use crate::backend::{Connection, Dialect, Fault, KeyDefault, KeyOrder, NewKeys, Statement};
use crate::error::{Error, Result};
use crate::map::{ErasedArena, Flushed};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::plan::Step;
use crate::session::Session;
use crate::session::row_binds::{InsertRows, TextOfBatch};
use crate::sql::{self, InsertForm, KeyClause};

/// How the keys of new rows come back. The rows of a statement have their keys in an order that is
/// known, or they go one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum KeySource {
    /// The program gives them.
    Given,
    /// `RETURNING`, in the order of the rows.
    Returned,
    /// `RETURNING`, in no order. The statement itself asks the catalogue whether the keys
    /// ascend, and inserts nothing if they do not.
    Proving,
    /// `RETURNING`, in no order, of keys that ascend or descend.
    Sorted { descending: bool },
    /// The keys of a statement are in a row, and the database tells one of them.
    Counted,
    /// A statement before asks for as many values of the default as there are rows.
    Beforehand(KeyDefault),
    /// A statement a row.
    Alone,
}

/// The INSERTs of rows that give the same columns of a table.
pub(in crate::session) struct Inserts<'a> {
    meta: &'a EntityMeta,
    /// What the rows give.
    columns: ColumnSet,
    /// The column that the database fills, where it does.
    made: Option<usize>,
    /// Whether the rows go one by one, whatever the way.
    single: bool,
    key_source: KeySource,
    text: TextOfBatch,
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
        let rows = if single { 1 } else { step.slots.len() };
        let mut inserts = Inserts::new(step.meta, columns, generated, single);
        inserts
            .choose_way(&mut self.connection, rows)
            .map_err(|fault| Stop::Other(fault.into()))?;
        let mut rest = &step.slots[..];
        while !rest.is_empty() {
            let batch = inserts.batch(self.connection.dialect(), rest, arena_of(&self.map, step)?);
            let stop = |fault| match fault {
                Fault::Sql(error) => Stop::Statement { step: n, slots: batch.to_vec(), error },
                Fault::Row(error) => Stop::Other(error),
            };
            let before = inserts.keys_before(&mut self.connection, batch.len()).map_err(stop)?;
            for (&slot, &key) in batch.iter().zip(&before) {
                self.map.assign_key(step.entity, slot, key);
            }
            let arena = arena_of(&self.map, step)?;
            let Some(made) = inserts.send(&mut self.connection, arena, batch).map_err(stop)? else {
                continue;
            };
            for (&slot, &key) in batch.iter().zip(&made) {
                self.map.assign_key(step.entity, slot, key);
            }
            let mut keys = before.into_iter().chain(made);
            done.tell(step, batch.iter().map(|&slot| (slot, Flushed::Inserted(keys.next()))));
            rest = &rest[batch.len()..];
        }
        Ok(())
    }
}

impl<'a> Inserts<'a> {
    /// Rows that give these columns; whether the database makes their keys, and they go one by one.
    pub(in crate::session) fn new(
        meta: &'a EntityMeta,
        columns: ColumnSet,
        generated: bool,
        single: bool,
    ) -> Self {
        let made = meta.auto_column().filter(|_| generated);
        Inserts {
            meta,
            columns,
            made,
            single,
            key_source: KeySource::Given,
            text: TextOfBatch::default(),
        }
    }

    /// Decides how the keys of so many rows come back.
    pub(in crate::session) fn choose_way(
        &mut self,
        connection: &mut Connection,
        rows: usize,
    ) -> Result<(), Fault> {
        let Some(key) = self.made else { return Ok(()) };
        let is_known = connection.known_key_order(self.meta).is_some();
        let key_source = match connection.dialect().capabilities().new_keys {
            NewKeys::ReturnedInOrder { worth_counting, .. }
                if rows < worth_counting || self.meta.schema.is_some() =>
            {
                KeySource::Returned
            }
            // Inside the transaction that inserts, where nobody else can make a trigger.
            NewKeys::ReturnedInOrder { counts_on, .. } => {
                let (table, column) = (self.meta.table_name(), self.meta.columns[key].name);
                match connection.read_numbers(&counts_on(table, column))? {
                    (1, _) => KeySource::Counted,
                    _ => KeySource::Returned,
                }
            }
            // Of a single row the statement that reads its key asks as well whether it can be trusted.
            NewKeys::Counted { .. } if rows == 1 && !is_known => KeySource::Counted,
            NewKeys::Counted { .. } => return self.ask_for_key_source(connection),
            NewKeys::Returned { .. } if self.meta.no_returning || is_known => {
                return self.ask_for_key_source(connection);
            }
            NewKeys::Returned { .. } => KeySource::Proving,
        };
        self.take(key_source);
        Ok(())
    }

    /// Decides by what the catalogue says: one statement, unless it has been asked before.
    fn ask_for_key_source(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let Some(key) = self.made else { return Ok(()) };
        let new_keys = connection.dialect().capabilities().new_keys;
        let counts = matches!(new_keys, NewKeys::Counted { .. });
        let asks = self.meta.no_returning && !counts;
        let facts = connection.key_facts(self.meta, key, asks)?;
        self.take(match (facts.order, facts.default) {
            (_, Some(default)) if asks => KeySource::Beforehand(default),
            (_, None) if asks => return Err(Fault::Row(no_default(self.meta, key))),
            (KeyOrder::Ascending, _) if counts => KeySource::Counted,
            (KeyOrder::Ascending, _) => KeySource::Sorted { descending: false },
            (KeyOrder::Descending, _) => KeySource::Sorted { descending: true },
            (KeyOrder::OfDefault, Some(default)) => KeySource::Beforehand(default),
            _ => KeySource::Alone,
        });
        Ok(())
    }

    fn take(&mut self, key_source: KeySource) {
        self.key_source = key_source;
        self.text = TextOfBatch::default();
    }

    /// The next rows that share a statement.
    pub(in crate::session) fn batch<'s>(
        &self,
        dialect: Dialect,
        rest: &'s [u32],
        arena: &dyn ErasedArena,
    ) -> &'s [u32] {
        let written = self.written();
        if self.single || self.key_source == KeySource::Alone || written.is_empty() {
            return &rest[..rest.len().min(1)];
        }
        let most = InsertForm::max_rows(dialect, self.meta, written);
        sql::batches(most, rest, |slot| arena.payload(slot)).next().unwrap_or_default()
    }

    /// The columns that the statements write.
    fn written(&self) -> ColumnSet {
        match (&self.key_source, self.made) {
            (KeySource::Beforehand(_), Some(key)) => self.columns.with(key, true),
            _ => self.columns,
        }
    }

    /// The keys of so many rows, where they are made before the rows: they are to be given to their
    /// objects before these are [sent](Self::send).
    pub(in crate::session) fn keys_before(
        &self,
        connection: &mut Connection,
        rows: usize,
    ) -> Result<Vec<i64>, Fault> {
        let KeySource::Beforehand(default) = &self.key_source else { return Ok(Vec::new()) };
        let NewKeys::Returned { values_of_default, .. } =
            connection.dialect().capabilities().new_keys
        else {
            return Ok(Vec::new());
        };
        let sql = values_of_default(&default.expression, rows);
        let statement = Statement { sql: &sql, values: &(), cached: false };
        let mut made = Vec::with_capacity(rows);
        connection.load(&statement, &mut |row| {
            made.push(row.get::<diesel::sql_types::BigInt, i64>()?);
            Ok(())
        })?;
        Ok(made)
    }

    /// Inserts a batch. Returns the keys that the database has made with it, in the order of the rows;
    /// or nothing, where nothing was inserted and the rest is to be cut into batches anew.
    pub(in crate::session) fn send(
        &mut self,
        connection: &mut Connection,
        arena: &dyn ErasedArena,
        slots: &[u32],
    ) -> Result<Option<Vec<i64>>, Fault> {
        let dialect = connection.dialect();
        let (meta, columns, rows) = (self.meta, self.written(), slots.len());
        let form = InsertForm::of(dialect, meta, columns, rows);
        let proves = self.key_source == KeySource::Proving && rows > 1;
        if proves && form != InsertForm::Arrays {
            self.ask_for_key_source(connection)?;
            return Ok(None);
        }
        let key = self.clause(dialect, proves);
        if self.key_source == KeySource::Alone
            && let NewKeys::Counted { reset, .. } = dialect.capabilities().new_keys
        {
            // The last key stays what it was where the database makes none.
            connection.read_numbers(reset)?;
        }
        let sql = self.text.of(rows, || sql::insert(dialect, meta, columns, form, key));
        let values = InsertRows { arena, slots, columns, form };
        let cached = form == InsertForm::Arrays || sql::is_full(rows);
        let statement = Statement { sql, values: &values, cached };
        let made = if key.returns_rows(dialect) {
            let mut made = Vec::with_capacity(rows);
            connection.load(&statement, &mut |row| {
                made.push(row.get::<diesel::sql_types::BigInt, i64>()?);
                Ok(())
            })?;
            made
        } else {
            connection.execute(&statement).map_err(Fault::Sql)?;
            match self.key_source {
                KeySource::Given | KeySource::Beforehand(_) => return Ok(Some(Vec::new())),
                _ => count_keys(connection, meta, self.made, rows)?,
            }
        };
        if proves && made.is_empty() {
            self.ask_for_key_source(connection)?;
            return Ok(None);
        }
        if proves {
            connection.note_ascending(meta);
            self.take(KeySource::Sorted { descending: false });
        }
        if made.len() != rows {
            return Err(Fault::Row(keys_missing(meta, rows, made.len())));
        }
        Ok(Some(self.in_order(made)))
    }

    /// The keys in the order of the rows.
    fn in_order(&self, mut made: Vec<i64>) -> Vec<i64> {
        match self.key_source {
            KeySource::Sorted { descending: true } => made.sort_unstable_by(|a, b| b.cmp(a)),
            KeySource::Sorted { descending: false } => made.sort_unstable(),
            _ => {}
        }
        made
    }

    fn clause(&self, dialect: Dialect, proves: bool) -> KeyClause {
        match &self.key_source {
            KeySource::Proving if proves => KeyClause::ReturnedIfAscending,
            KeySource::Alone if dialect.capabilities().returns_changes => KeyClause::Returned,
            KeySource::Returned | KeySource::Proving | KeySource::Sorted { .. } => {
                KeyClause::Returned
            }
            KeySource::Beforehand(default) if default.identity => KeyClause::Given,
            KeySource::Beforehand(_) | KeySource::Given | KeySource::Counted | KeySource::Alone => {
                KeyClause::None
            }
        }
    }
}

/// The keys of the rows that the last INSERT made.
fn count_keys(
    connection: &mut Connection,
    meta: &EntityMeta,
    made: Option<usize>,
    rows: usize,
) -> Result<Vec<i64>, Fault> {
    let count = i64::try_from(rows).unwrap_or(i64::MAX);
    let keys: Vec<i64> = match connection.dialect().capabilities().new_keys {
        // The first key; a cluster counts in steps.
        NewKeys::Counted { first, first_if_counts, .. } => {
            let unproven = made.filter(|_| connection.known_key_order(meta).is_none());
            let (first, by) = match unproven {
                Some(key) => {
                    let (table, column) = (meta.table_name(), meta.columns[key].name);
                    connection.read_numbers(&first_if_counts(table, column))?
                }
                None => connection.read_numbers(first)?,
            };
            let made = if first == 0 || by == 0 { 0 } else { count };
            if made > 0 && unproven.is_some() {
                connection.note_ascending(meta);
            }
            (0..made).map(|n| first + n * by).collect()
        }
        NewKeys::ReturnedInOrder { last, .. } => {
            let (last, _) = connection.read_numbers(last)?;
            (last - count + 1..=last).collect()
        }
        // These are never counted.
        NewKeys::Returned { .. } => Vec::new(),
    };
    Ok(keys)
}

fn no_default(meta: &EntityMeta, key: usize) -> Error {
    Error::Configuration(format!(
        "{}.{} has no default in the database, and without RETURNING no key comes back; give the keys \
         in the program",
        meta.name, meta.columns[key].field
    ))
}

fn keys_missing(meta: &EntityMeta, rows: usize, keys: usize) -> Error {
    Error::Configuration(format!(
        "{rows} rows of {} were inserted, but {keys} keys came back: a trigger or a rule of the \
         table gets in the key_source; give the keys in the program",
        meta.name
    ))
}
