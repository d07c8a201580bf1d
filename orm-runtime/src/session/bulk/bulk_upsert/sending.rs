//! The statements of an upsert, and the detection of duplicate rows.

use std::collections::{HashMap, HashSet};
use std::iter::{Fuse, Peekable};

use diesel::QueryResult;
use foldhash::fast::RandomState;

use crate::backend::{Binds, Dialect, Fault, SqlWriter, Statement};
use crate::error::{DatabaseErrorKind, Error, Result};
use crate::map::{Arena, Changes, ErasedArena, Rows, Written, read_key};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta, Tracked};
use crate::plan::{self, Ordered};
use crate::session::Session;
use crate::session::bulk::{Chunk, batches, runs};
use crate::session::row_binds::{InsertRows, TextOfBatch};
use crate::sql::{self, InsertForm, KeyClause, OnConflict, Refused};
use crate::types::ColumnType;

/// The number of rows for which one SELECT reads keys.
const ASKED_AT_ONCE: usize = 100;

/// An upsert that is being sent.
pub(super) struct Upserting<T: Entity> {
    on_conflict: OnConflict,
    /// `true` if the first chunk needs several statements.
    several: bool,
    /// `true` if the database reports the rows that it has written, which finds duplicates that
    /// only the database can detect.
    asks: bool,
    /// For an upsert by primary key: the keys of the rows seen so far, and the numbers of these
    /// rows.
    keys: HashMap<T::Key, usize, RandomState>,
    /// The keys of the rows that were written.
    written: HashSet<T::Key, RandomState>,
}

impl<T: Concrete> Upserting<T> {
    pub(super) fn new(
        dialect: Dialect,
        on_conflict: OnConflict,
        first: &Chunk<T>,
        more: bool,
    ) -> Self {
        let several = statements(dialect, &first.rows).len() > 1;
        let meta = T::META;
        let by_key = on_conflict.target == meta.key;
        let plain = |&column: &usize| {
            matches!(
                meta.columns[column].kind,
                ColumnType::SmallInt
                    | ColumnType::Integer
                    | ColumnType::BigInt
                    | ColumnType::BigUnsigned
                    | ColumnType::Uuid
            )
        };
        // Integers are equal here exactly if they are equal in the database.
        let known_here = on_conflict.condition.is_none()
            && on_conflict.target.iter().all(plain)
            && (by_key || !more);
        let refuses = dialect.capabilities().refuses_second_upsert;
        let found_there = refuses && !several && !more;
        let asks =
            !on_conflict.nothing && (first.rows.len() > 1 || more) && !known_here && !found_there;
        let (keys, written) = (HashMap::default(), HashSet::default());
        Upserting { on_conflict, several, asks, keys, written }
    }

    /// Returns `true` if there may be something to undo when a statement fails, or when it has
    /// written a row twice.
    pub(super) fn in_savepoint(&self, more: bool) -> bool {
        self.asks || self.several || more || T::META.hierarchy.is_some()
    }

    pub(super) fn send_all<I: Iterator<Item = T>>(
        &mut self,
        session: &mut Session,
        first: Chunk<T>,
        rows: &mut Peekable<Fuse<I>>,
    ) -> Result<usize> {
        let mut next = Some(first);
        let mut sent = 0;
        while let Some(chunk) = next {
            self.refuse_duplicates(&chunk)?;
            self.send(session, &chunk.rows)?;
            sent = chunk.before + chunk.rows.len();
            next = session.next_chunk::<T>(rows, sent, !self.on_conflict.nothing)?;
        }
        Ok(sent)
    }

    /// Returns an error for rows with equal values of the unique set, where that is visible without
    /// the database.
    fn refuse_duplicates(&mut self, chunk: &Chunk<T>) -> Result<()> {
        if self.on_conflict.nothing {
            return Ok(());
        }
        let rows = chunk.rows.pending().into_iter().zip(chunk.before + 1..);
        let rows = rows.filter_map(|(slot, row)| Some((chunk.rows.at(slot)?, row)));
        if self.on_conflict.target == T::META.key {
            for (object, row) in rows {
                let Some(key) = object.key() else { continue };
                if let Some(first) = self.keys.insert(key.clone(), row) {
                    return Err(self.duplicate(Some((first, row)), Some(&key)));
                }
            }
            return Ok(());
        }
        if self.on_conflict.condition.is_some() {
            return Ok(());
        }
        let target: ColumnSet = self.on_conflict.target.iter().copied().collect();
        let mut seen: HashMap<String, Vec<(&T::Root, usize)>, RandomState> = HashMap::default();
        for (object, row) in rows {
            let Some(text) = text_of(object, target) else { continue };
            let alike = seen.entry(text).or_default();
            // A type may show different values as the same text.
            let equal = alike.iter().find(|(other, _)| object.diff(other).and(target).is_empty());
            if let Some(&(_, first)) = equal {
                return Err(self.duplicate(Some((first, row)), None));
            }
            alike.push((object, row));
        }
        Ok(())
    }

    fn send(&mut self, session: &mut Session, rows: &Arena<T::Root>) -> Result<()> {
        let dialect = session.dialect();
        let meta = T::META.base_table();
        let returning = self.asks && dialect.capabilities().returns_changes;
        let mut text = TextOfBatch::default();
        let mut given = None;
        for (columns, batch) in statements(dialect, rows) {
            if given.replace(columns) != Some(columns) {
                text = TextOfBatch::default();
            }
            let form = InsertForm::of(dialect, meta, columns, batch.len());
            let finds = self.may_find(meta, columns);
            let writes = finds && self.on_conflict.writes(meta, columns);
            let returning = returning && writes;
            let sql = text.of(batch.len(), || {
                let insert = sql::insert(dialect, meta, columns, form, KeyClause::None);
                match finds {
                    true => insert + &self.on_conflict.clause(dialect, meta, columns, returning),
                    false => insert,
                }
            });
            let values = InsertRows { arena: rows, slots: &batch, columns, form };
            let cached = form == InsertForm::Arrays || sql::is_full(batch.len());
            let statement = Statement { sql, values: &values, cached };
            let sent = match returning {
                true => self.read_written(session, &statement)?,
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
                self.ask(session, rows, columns, &batch)?;
            }
        }
        Ok(())
    }

    /// Returns `true` if rows with these columns can exist already. They cannot if the database
    /// generates the key by which they are found.
    fn may_find(&self, meta: &EntityMeta, given: ColumnSet) -> bool {
        let made = meta.auto_column().filter(|&auto| !given.contains(auto));
        !given.is_empty() && made.is_none_or(|auto| !self.on_conflict.target.contains(&auto))
    }

    /// Sends a statement that returns the keys of the rows it has written.
    fn read_written(
        &mut self,
        session: &mut Session,
        statement: &Statement<'_>,
    ) -> Result<Result<usize, Fault>> {
        let (mut rows, mut twice) = (0, None);
        let written = &mut self.written;
        let loaded = session.sender().load(statement, &mut |row| {
            rows += 1;
            note(written, read_key::<T>(row)?, &mut twice);
            Ok(())
        });
        match twice {
            Some(key) if loaded.is_ok() => Err(self.duplicate(None, Some(&key))),
            _ => Ok(loaded.map(|()| rows)),
        }
    }

    /// Reads the keys of the written rows, where no statement returns them.
    fn ask(
        &mut self,
        session: &mut Session,
        rows: &Arena<T::Root>,
        given: ColumnSet,
        batch: &[u32],
    ) -> Result<()> {
        let (dialect, meta) = (session.dialect(), T::META.base_table());
        let columns = self.on_conflict.bound_by_row(given);
        let most = (dialect.max_binds() / columns.len()).clamp(1, ASKED_AT_ONCE);
        let mut text = TextOfBatch::default();
        let mut twice = None;
        for slots in batch.chunks(most) {
            let sql = text.of(slots.len(), || {
                self.on_conflict.select_keys(dialect, meta, given, slots.len())
            });
            let values = Bound { arena: rows, slots, columns: &columns };
            let statement = Statement { sql, values: &values, cached: slots.len() == most };
            let written = &mut self.written;
            let loaded = session.sender().load(&statement, &mut |row| {
                note(written, read_key::<T>(row)?, &mut twice);
                Ok(())
            });
            loaded.map_err(|fault| session.fault(fault))?;
            if let Some(key) = &twice {
                return Err(self.duplicate(None, Some(key)));
            }
        }
        Ok(())
    }

    /// Converts an error of the database. Some of its errors are about the clause and not about the
    /// rows.
    fn failed(&self, session: &mut Session, fault: Fault) -> Error {
        let mut error = match session.fault(fault) {
            Error::Database(error) => error,
            other => return other,
        };
        if error.message.contains("cannot affect row a second time") {
            return self.duplicate(None, None);
        }
        match Refused::of(&error.message) {
            Some(Refused::OtherSet) => {
                error.kind = DatabaseErrorKind::Unique;
                error.message = format!(
                    "an existing row differs in ({}), but has the same values of another unique set",
                    self.names().join(", ")
                );
                Error::violation_of(T::META, error)
            }
            Some(Refused::OtherKind) => other_kind(T::META),
            None if error.kind.is_constraint() => Error::violation_of(T::META, error),
            None => Error::Database(error),
        }
    }

    fn duplicate(&self, rows: Option<(usize, usize)>, key: Option<&T::Key>) -> Error {
        Error::DuplicateRows {
            entity: T::META.name,
            rows,
            columns: self.names(),
            key: key.map(|key| format!("{key:?}")),
        }
    }

    fn names(&self) -> Vec<&'static str> {
        self.on_conflict.target.iter().map(|&column| T::META.columns[column].name).collect()
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

/// Notes the key of a written row, and whether the row was written twice.
fn note<K: std::hash::Hash + Eq + Clone>(
    written: &mut HashSet<K, RandomState>,
    key: K,
    twice: &mut Option<K>,
) {
    if !written.insert(key.clone()) {
        twice.get_or_insert(key);
    }
}

/// Returns the values of a unique set as text, or `None` if one of them is NULL, which equals
/// nothing.
fn text_of<F: Entity>(object: &F, columns: ColumnSet) -> Option<String> {
    let mut text = String::new();
    for column in columns.iter() {
        let shown = object.show(column);
        let value = shown.trim_start_matches("Some(");
        if F::META.columns[column].nullable && (value.starts_with("None") || value == "unset") {
            return None;
        }
        text.push_str(&shown);
        text.push('\0');
    }
    Some(text)
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

/// The values of columns, row by row.
struct Bound<'a> {
    arena: &'a dyn ErasedArena,
    slots: &'a [u32],
    columns: &'a [usize],
}

impl Binds for Bound<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        for &slot in self.slots {
            for &column in self.columns {
                self.arena.bind(slot, ColumnSet::EMPTY.with(column, true), pass)?;
            }
        }
        Ok(())
    }
}
