//! The statements of a flush, step by step.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::Session;
use super::rows::{DeletedRows, InsertRows, StoredKeys, TextOfBatch, UpdateRows};
use crate::backend::{DatabaseError, Dialect, Fault, Pass, Statement, Values};
use crate::error::{Error, Result};
use crate::map::{BindKey, Flushed, Table};
use crate::mapping::ColumnSet;
use crate::plan::{Action, FlushPlan, Step};
use crate::sql::{self, InsertForm, Text, UpdateForm};

/// Fewer new rows than this get their keys by RETURNING: finding out whether the keys can be counted
/// costs a statement.
const WORTH_COUNTING: usize = 16;

/// How the keys come back that the database makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GeneratedKeys {
    /// `RETURNING`.
    Returned,
    /// The rows of one INSERT have keys in a row, and the database tells one of them.
    Counted,
}

/// What a flush has done: entity, slot and how, each object once.
#[derive(Default)]
pub(super) struct Done {
    pub(super) rows: Vec<(usize, u32, Flushed)>,
    /// Objects that may be told of again, for they have rows in several tables.
    split: HashSet<(usize, u32), RandomState>,
}

impl Done {
    /// Notes what a step has done. Of the rows that an object has in several tables the first one counts.
    fn tell(&mut self, step: &Step, rows: impl Iterator<Item = (u32, Flushed)>) {
        let is_split = step.meta.is_split();
        for (slot, how) in rows {
            if !is_split || self.split.insert((step.entity, slot)) {
                self.rows.push((step.entity, slot, how));
            }
        }
    }
}

/// Why a flush stopped.
pub(super) enum Stop {
    /// A statement failed that had these rows in it.
    Statement { step: usize, slots: Vec<u32>, error: diesel::result::Error },
    /// Fewer rows matched than were to be written.
    Missed { step: usize },
    /// Anything else.
    Other(Error),
}

impl Stop {
    /// What the database reported, if it was the database.
    pub(super) fn database_error(&self) -> Option<DatabaseError> {
        match self {
            Stop::Statement { error, .. } => DatabaseError::reported_by(error),
            Stop::Other(error) => error.database().cloned(),
            _ => None,
        }
    }
}

/// How many rows share a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Batching {
    /// As many as fit.
    Full,
    /// As many as fit up to this step, and this step, the last, row by row.
    OneByOneAt(usize),
}

impl Session {
    /// Runs the steps of a plan, and says what they did.
    pub(super) fn run(&mut self, plan: &FlushPlan, batching: Batching) -> Result<Done, Stop> {
        let mut done = Done::default();
        self.map.take_back_keys();
        for (n, step) in plan.steps.iter().enumerate() {
            let single = batching == Batching::OneByOneAt(n);
            self.run_step(n, step, single, &mut done)?;
            if single {
                break;
            }
        }
        Ok(done)
    }

    fn run_step(
        &mut self,
        n: usize,
        step: &Step,
        single: bool,
        done: &mut Done,
    ) -> Result<(), Stop> {
        if step.action.writes_references() {
            self.map.complete(step.entity, &step.slots);
        }
        let flushed = match &step.action {
            Action::Insert { columns, generated } => {
                return self.run_insert(n, step, (*columns, *generated), single, done);
            }
            Action::Update(columns) => {
                self.run_update(n, step, &step.slots, *columns, single)?;
                Flushed::Updated
            }
            Action::Rekey(columns) => {
                self.run_update(n, step, &step.slots, *columns, single)?;
                self.map.lend_key(step.entity, step.slots[0]);
                Flushed::Updated
            }
            Action::Connect(columns) => {
                return self.run_update(n, step, &step.slots, *columns, single);
            }
            Action::Disconnect(columns) => return self.run_disconnect(n, step, *columns, single),
            Action::Switch { columns, old, written } => {
                if step.writes() {
                    self.run_update(n, step, &[*old], *columns, single)?;
                }
                Flushed::Switched { old: *old, written: *written }
            }
            Action::Delete => {
                self.run_delete(n, step, None, single)?;
                Flushed::Deleted
            }
            Action::SoftDelete(column) => {
                self.run_delete(n, step, Some(*column), single)?;
                Flushed::SoftDeleted
            }
            Action::Park => return self.run_parking(n, step, None),
            Action::Unpark(columns) => {
                self.run_parking(n, step, Some(*columns))?;
                self.map.lend_key(step.entity, step.slots[0]);
                Flushed::Updated
            }
        };
        done.tell(step, step.slots.iter().map(|&slot| (slot, flushed)));
        Ok(())
    }

    fn run_insert(
        &mut self,
        n: usize,
        step: &Step,
        (columns, generated): (ColumnSet, bool),
        single: bool,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let dialect = self.dialect();
        let keys = match generated {
            true => Some(self.generated_keys(step, single)?),
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
            let mut made = Vec::new();
            let sent = if returning {
                self.link.load(&statement, &mut |row| {
                    made.push(read_key(row)?);
                    Ok(())
                })
            } else {
                self.link.execute(&statement).map(drop).map_err(Fault::Sql)
            };
            match sent {
                Ok(()) => {}
                Err(Fault::Sql(error)) => return Err(Stop::Statement { step: n, slots, error }),
                Err(Fault::Row(error)) => return Err(Stop::Other(error)),
            }
            if keys == Some(GeneratedKeys::Counted) {
                made = self.count_keys(slots.len()).map_err(Stop::Other)?;
            }
            if generated && made.len() != slots.len() {
                return Err(Stop::Other(keys_missing(step, slots.len(), made.len())));
            }
            // Keys are made in the order of the rows. PostgreSQL does not promise the order of
            // RETURNING; SQLite keeps it, and may make keys in no order near the end of the numbers.
            if dialect == Dialect::Postgres && !made.is_sorted_by(|a, b| a > b) {
                made.sort_unstable();
            }
            for (&slot, &key) in slots.iter().zip(&made) {
                self.map.give_key(step.entity, slot, key);
            }
            let mut made = made.into_iter();
            done.tell(step, slots.iter().map(|&slot| (slot, Flushed::Inserted(made.next()))));
        }
        Ok(())
    }

    /// Updates the rows of the `stored` objects, which are those of the step but where a new object
    /// takes over the row of another.
    fn run_update(
        &mut self,
        n: usize,
        step: &Step,
        stored: &[u32],
        columns: ColumnSet,
        single: bool,
    ) -> Result<(), Stop> {
        let dialect = self.dialect();
        let unversioned = step.meta.unversioned();
        let meta = match step.action {
            Action::Connect(_) => &unversioned,
            _ => step.meta,
        };
        let max_rows = UpdateForm::max_rows(dialect, meta, columns);
        let mut text = TextOfBatch::default();
        for slots in self.batches(step, max_rows, single) {
            let form = UpdateForm::of(dialect, meta, columns, slots.len());
            let sql = text.of(slots.len(), || sql::update(dialect, meta, columns, form));
            let table = table_of(&self.map, step)?;
            let stored = if let [_] = stored { stored } else { &slots[..] };
            let rows = UpdateRows { table, meta, slots: &slots, stored, columns, form };
            let cached = form == UpdateForm::FromArrays || sql::is_full(slots.len());
            let statement = Statement { sql, values: &rows, cached };
            match self.link.execute(&statement) {
                Ok(matched) if matched == slots.len() => {}
                Ok(_) => return Err(Stop::Missed { step: n }),
                Err(error) => return Err(Stop::Statement { step: n, slots, error }),
            }
        }
        Ok(())
    }

    /// Deletes rows, or marks them as deleted in a column.
    fn run_delete(
        &mut self,
        n: usize,
        step: &Step,
        mark: Option<usize>,
        single: bool,
    ) -> Result<(), Stop> {
        let dialect = self.dialect();
        let time = mark.and_then(|_| table_of(&self.map, step).ok()?.deletion());
        let identity = sql::identity(step.meta);
        let most = sql::KeyForm::max_keys(dialect, identity.clone().count());
        for slots in step.slots.chunks(if single { 1 } else { most }) {
            let table = table_of(&self.map, step)?;
            let keys = StoredKeys::new(dialect, table, slots, identity.clone());
            let sql = match mark {
                Some(column) => sql::soft_delete(dialect, step.meta, column, keys.form()),
                None => sql::delete(dialect, step.meta, keys.form()),
            };
            let values = DeletedRows { time: time.as_deref(), keys };
            let statement = Statement { sql: &sql, values: &values, cached: true };
            let matched = self.link.execute(&statement);
            let slots = slots.to_vec();
            match matched {
                // A row that is gone already is what was wanted, unless its version was to match.
                Ok(matched) if matched < slots.len() && step.meta.version.is_some() => {
                    return Err(Stop::Missed { step: n });
                }
                Ok(_) => {}
                Err(error) => return Err(Stop::Statement { step: n, slots, error }),
            }
        }
        Ok(())
    }

    /// Makes references of rows NULL that are to be deleted.
    fn run_disconnect(
        &mut self,
        n: usize,
        step: &Step,
        columns: ColumnSet,
        single: bool,
    ) -> Result<(), Stop> {
        let dialect = self.dialect();
        let key = step.meta.key.iter().copied();
        let most = sql::KeyForm::max_keys(dialect, step.meta.key.len());
        for slots in step.slots.chunks(if single { 1 } else { most }) {
            let table = table_of(&self.map, step)?;
            let keys = StoredKeys::new(dialect, table, slots, key.clone());
            let sql = sql::nullify(dialect, &step.meta.unversioned(), columns, keys.form());
            let statement = Statement { sql: &sql, values: &keys, cached: true };
            if let Err(error) = self.link.execute(&statement) {
                return Err(Stop::Statement { step: n, slots: slots.to_vec(), error });
            }
        }
        Ok(())
    }

    /// Moves a row to a key that nobody has, or from there to its new key with what else changed.
    fn run_parking(&mut self, n: usize, step: &Step, back: Option<ColumnSet>) -> Result<(), Stop> {
        let table = table_of(&self.map, step)?;
        let slot = step.slots[0];
        let Some(parking) = table.parking_key(slot) else {
            return Err(Stop::Other(Error::State {
                entity: step.meta.name,
                key: table.key_text(slot),
                action: "given its new key",
                reason: "objects trade keys in a circle; flush in two steps, through a free key",
            }));
        };
        let dialect = self.dialect();
        let sql = match back {
            None => sql::park(dialect, step.meta),
            Some(columns) => sql::update(dialect, step.meta, columns, UpdateForm::One),
        };
        let back = back.map(|columns| step.meta.version.map_or(columns, |v| columns.without(v)));
        let values = ParkedRow { table, slot, parking: &*parking, back };
        let statement = Statement { sql: &sql, values: &values, cached: false };
        match self.link.execute(&statement) {
            Ok(1) => Ok(()),
            Ok(_) => Err(Stop::Missed { step: n }),
            Err(error) => Err(Stop::Statement { step: n, slots: vec![slot], error }),
        }
    }

    /// How the keys of new rows come back.
    fn generated_keys(&mut self, step: &Step, single: bool) -> Result<GeneratedKeys, Stop> {
        match self.dialect() {
            Dialect::Postgres => Ok(GeneratedKeys::Returned),
            Dialect::Mysql => Ok(GeneratedKeys::Counted),
            Dialect::Sqlite if single || step.slots.len() < WORTH_COUNTING => {
                Ok(GeneratedKeys::Returned)
            }
            Dialect::Sqlite => self.sqlite_generated_keys(step).map_err(Stop::Other),
        }
    }

    /// SQLite numbers the rows of one INSERT in a row, if the key is the number of the row, no
    /// trigger inserts in between, and there are numbers left. Asked inside the transaction that
    /// inserts, where nobody else can make a trigger.
    fn sqlite_generated_keys(&mut self, step: &Step) -> Result<GeneratedKeys> {
        let (Some(key), None) = (step.meta.auto_column(), step.meta.schema) else {
            return Ok(GeneratedKeys::Returned);
        };
        let text = |name: &str| format!("'{}'", name.replace('\'', "''"));
        let table = text(step.meta.table);
        let column = text(step.meta.columns[key].name);
        let mut sql = Text::new(Dialect::Sqlite, "SELECT (SELECT coalesce(max(");
        sql.column(step.meta, key).push("), 0) < 9000000000000000000 FROM ").table(step.meta);
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

    /// The keys of the rows that the last INSERT made.
    fn count_keys(&mut self, rows: usize) -> Result<Vec<i64>> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        match self.dialect() {
            Dialect::Mysql => {
                // The first key; a cluster may count in steps.
                let first = self.read_number("SELECT CAST(LAST_INSERT_ID() AS SIGNED)")?;
                let by = match rows {
                    1 => 1,
                    _ => self.read_number("SELECT CAST(@@auto_increment_increment AS SIGNED)")?,
                };
                Ok((0..rows).map(|n| first + n * by).collect())
            }
            _ => {
                let last = self.read_number("SELECT last_insert_rowid()")?;
                Ok((last - rows + 1..=last).collect())
            }
        }
    }

    /// Reads one integer.
    pub(super) fn read_number(&mut self, sql: &str) -> Result<i64> {
        let mut number = None;
        let statement = Statement { sql, values: &(), cached: true };
        let loaded = self.link.load(&statement, &mut |row| {
            number = Some(row.get::<diesel::sql_types::BigInt, i64>()?);
            Ok(())
        });
        if let Err(fault) = loaded {
            return Err(match fault {
                Fault::Sql(error) => error.into(),
                Fault::Row(error) => error,
            });
        }
        number.ok_or(Error::Diesel(diesel::result::Error::NotFound))
    }

    /// Cuts the rows of a step into batches.
    fn batches(&self, step: &Step, max_rows: usize, single: bool) -> Vec<Vec<u32>> {
        if single {
            return step.slots.iter().map(|&slot| vec![slot]).collect();
        }
        let Some(table) = self.map.table(step.entity) else { return Vec::new() };
        let payload = |slot| table.payload(slot);
        sql::batches(max_rows, &step.slots, payload).map(<[u32]>::to_vec).collect()
    }
}

/// The arena of a step.
fn table_of<'m>(map: &'m crate::map::IdentityMap, step: &Step) -> Result<&'m dyn Table, Stop> {
    map.table(step.entity).ok_or(Stop::Other(Error::Diesel(diesel::result::Error::NotFound)))
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

fn keys_missing(step: &Step, rows: usize, keys: usize) -> Error {
    Error::Configuration(format!(
        "{rows} rows of {} were inserted, but {keys} keys came back: a trigger or a rule of the \
         table gets in the way",
        step.meta.name
    ))
}

/// A row on its way to the parking key, or back with these columns.
struct ParkedRow<'a> {
    table: &'a dyn Table,
    slot: u32,
    parking: &'a dyn BindKey,
    back: Option<ColumnSet>,
}

impl Values for ParkedRow<'_> {
    fn bind_all<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> diesel::QueryResult<()> {
        match self.back {
            None => {
                self.parking.bind(pass)?;
                self.table.bind_stored(self.slot, self.table.meta().key[0], pass)?;
            }
            Some(columns) => {
                self.table.bind(self.slot, columns, pass)?;
                self.parking.bind(pass)?;
            }
        }
        match self.table.meta().version {
            Some(version) => self.table.bind_stored(self.slot, version, pass),
            None => Ok(()),
        }
    }
}
