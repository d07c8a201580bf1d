//! The rows of a call that are in memory at a time, prepared and grouped by statement.

use std::collections::HashMap;
use std::iter::{Fuse, Peekable};

use foldhash::fast::RandomState;

use super::bulk_callbacks::BulkCallbacks;
use crate::backend::Dialect;
use crate::error::{Error, InvalidEntity, Result, ValidationError};
use crate::map::{Arena, Changes, RowValues, Rows};
use crate::mapping::{ColumnSet, Concrete, Entity, EntityMeta};
use crate::plan::{self, Ordered, tables};
use crate::session::Session;
use crate::sql::{self, InsertForm};

/// The number of rows that are held in memory at a time.
const CHUNK: usize = 10_000;

/// Some rows of a call, in an arena that no map knows.
pub(super) struct Chunk<T: Entity> {
    pub(super) rows: Arena<T::Root>,
    /// The number of the row in each slot, counted from 1 in the whole call.
    numbers: Vec<usize>,
}

impl<T: Concrete> Chunk<T> {
    /// Returns the number of a row in the call.
    pub(super) fn number(&self, slot: u32) -> usize {
        self.numbers.get(slot as usize).copied().unwrap_or_default()
    }

    /// Returns the rows, in the order in which they came.
    pub(super) fn slots(&self) -> Vec<u32> {
        self.rows.present()
    }

    /// Takes a refused row out, and hands it to the caller. Returns the error if the caller wants
    /// the call to fail.
    pub(super) fn reject(
        &mut self,
        slot: u32,
        error: Error,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        let number = self.number(slot);
        let error = error.of_bulk_row(number);
        if !callbacks.rejects() {
            return Err(error);
        }
        match self.rows.remove(slot).map(T::from_root) {
            Some(Ok(row)) => {
                callbacks.reject(number, row, error);
                Ok(())
            }
            _ => Err(error),
        }
    }
}

/// The rows of a call that have not been taken yet.
pub(super) struct Incoming<I: Iterator> {
    rows: Peekable<Fuse<I>>,
    taken: usize,
}

impl<I: Iterator> Incoming<I> {
    pub(super) fn new(rows: I) -> Self {
        Incoming { rows: rows.fuse().peekable(), taken: 0 }
    }

    pub(super) fn has_more(&mut self) -> bool {
        self.rows.peek().is_some()
    }
}

/// How a row is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prepare {
    Insert,
    Upsert,
    Update,
}

impl Prepare {
    fn run<T: Entity>(self, row: &mut T) -> Result<(), ValidationError> {
        match self {
            Prepare::Insert => row.prepare_insert(),
            Prepare::Upsert => {
                row.stamp_updated();
                row.prepare_insert()
            }
            Prepare::Update => row.prepare_update(None),
        }
    }

    fn action(self) -> &'static str {
        match self {
            Prepare::Insert | Prepare::Upsert => "inserted in bulk",
            Prepare::Update => "updated in bulk",
        }
    }
}

impl Session {
    /// Takes and prepares the next rows of a call.
    pub(super) fn next_chunk<T: Concrete>(
        &mut self,
        incoming: &mut Incoming<impl Iterator<Item = T>>,
        prepare: Prepare,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<Option<Chunk<T>>> {
        let mut chunk = Chunk { rows: Arena::new(1), numbers: Vec::new() };
        while chunk.numbers.len() < CHUNK {
            let Some(mut row) = incoming.rows.next() else { break };
            incoming.taken += 1;
            match self.prepare_row(&mut row, prepare) {
                Ok(()) => {
                    chunk.rows.add(row.into_root(), 0);
                    chunk.numbers.push(incoming.taken);
                }
                Err(error) if callbacks.rejects() => {
                    callbacks.reject(incoming.taken, row, error.of_bulk_row(incoming.taken));
                }
                Err(error) => return Err(error.of_bulk_row(incoming.taken)),
            }
        }
        if prepare != Prepare::Update {
            refuse_unset(&mut chunk, callbacks)?;
        }
        if chunk.numbers.is_empty() {
            return Ok(None);
        }
        // The rows may belong to collections that are in memory.
        self.map_mut().doubt(T::META);
        Ok(Some(chunk))
    }

    fn prepare_row<T: Entity>(&self, row: &mut T, prepare: Prepare) -> Result<()> {
        if T::PREPARES || prepare == Prepare::Upsert {
            prepare.run(row).map_err(|invalid| {
                let key = row.key().map(|key| format!("{key:?}"));
                Error::Invalid(Box::new(InvalidEntity::new(T::META, T::META.name, key, invalid)))
            })?;
        }
        refuse_given(row, prepare)?;
        self.map().propagate_into_row(row)
    }
}

/// Returns an error for a row with objects in its collections: only rows are written, so these
/// objects would be lost.
fn refuse_given<T: Entity>(row: &mut T, prepare: Prepare) -> Result<()> {
    match crate::session::unit_of_work::merge_graph::brings_objects(row) {
        false => Ok(()),
        true => Err(Error::InvalidState {
            entity: T::META.name,
            key: row.key().map(|key| format!("{key:?}")),
            action: prepare.action(),
            reason: "it has objects in its collections or references; add it to the session, or insert \
                     those objects separately",
        }),
    }
}

/// Refuses rows that lack a deferred column.
fn refuse_unset<T: Concrete>(
    chunk: &mut Chunk<T>,
    callbacks: &mut BulkCallbacks<'_, T>,
) -> Result<()> {
    for slot in chunk.slots() {
        if let Some(unset) = chunk.rows.unset_column(slot) {
            let error = plan::unset(&chunk.rows, slot, unset, Some(chunk.number(slot)));
            chunk.reject(slot, error, callbacks)?;
        }
    }
    Ok(())
}

/// Groups the rows that set the same columns of a table: adjacent rows, or, with several subtypes,
/// all of them.
pub(super) fn runs<F: Entity>(
    arena: &Arena<F>,
    ordered: &Ordered,
    table: usize,
) -> Vec<(ColumnSet, Vec<u32>)> {
    let mut late: HashMap<u32, ColumnSet, RandomState> = HashMap::default();
    for &(slot, columns) in &ordered.circular {
        let known = late.entry(slot).or_default();
        *known = known.or(columns);
    }
    let at_once = |slot: u32, given: ColumnSet| match late.get(&slot) {
        Some(late) => late.iter().fold(given, ColumnSet::without),
        None => given,
    };
    let slots = ordered.slots.iter();
    if F::META.hierarchy.is_some() {
        let given = |&slot: &u32| Some((slot, at_once(slot, tables::given(arena, slot, table)?)));
        return tables::shapes(slots.filter_map(given).collect());
    }
    let mut runs: Vec<(ColumnSet, Vec<u32>)> = Vec::new();
    for &slot in slots {
        let given = at_once(slot, arena.insert_columns(slot));
        match runs.last_mut() {
            Some((columns, run)) if *columns == given => run.push(slot),
            _ => runs.push((given, vec![slot])),
        }
    }
    runs
}

/// Cuts a run into batches. Rows without any set column are sent one by one.
pub(super) fn batches<'a, F: Entity>(
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
