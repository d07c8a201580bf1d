//! Streams over a connection whose client library holds whole results: several SELECTs, each of
//! which begins after the last row of the one before.

use std::vec;

use super::untracked::read_untracked;
use crate::error::Result;
use crate::mapping::{ColumnSet, Entity};
use crate::select::{Keyset, KeysetSelect, Position, Select};
use crate::session::Session;

/// Rows that are read in chunks.
pub(super) struct Chunks<'q, T> {
    session: &'q mut Session,
    select: KeysetSelect<'q>,
    undeferred: ColumnSet,
    /// The number of rows of a chunk.
    size: usize,
    /// The number of rows that the limit of the query leaves.
    left: usize,
    rows: vec::IntoIter<Result<T>>,
    /// The number of rows read so far.
    read: usize,
    complete: bool,
}

/// What became of a query that was to be read in chunks.
pub(super) enum Begun<'q, T> {
    Chunks(Box<Chunks<'q, T>>),
    /// The database does not compare the values as it orders them. Nothing was read.
    Not(&'q mut Session, Box<Select<'q>>),
}

impl<'q, T: Entity> Chunks<'q, T> {
    /// Returns the order in which a query can be read in chunks, if it can.
    pub(super) fn order_of(session: &Session, select: &Select<'q>) -> Option<Keyset> {
        // The key of a view may not be unique.
        if !session.dialect().capabilities().holds_whole_results || T::META.view.is_some() {
            return None;
        }
        let keyset = Keyset::of(select.state(), T::META, session.dialect()).ok()?;
        keyset.has_index().then_some(keyset)
    }

    /// Reads the first chunk.
    pub(super) fn begin(
        session: &'q mut Session,
        select: Select<'q>,
        keyset: Keyset,
        size: usize,
        undeferred: ColumnSet,
    ) -> Result<Begun<'q, T>> {
        let (limit, offset) = select.state().cuts();
        let rows = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        let left = limit.map_or(usize::MAX, rows);
        let size = size.max(1);
        let mut select = KeysetSelect::new(select, keyset, size);
        select.cut(size.min(left), offset.map_or(0, rows));
        let mut chunks = Chunks {
            session,
            select,
            undeferred,
            size,
            left,
            rows: Vec::new().into_iter(),
            read: 0,
            complete: false,
        };
        match chunks.fill()? {
            true => Ok(Begun::Chunks(Box::new(chunks))),
            false => Ok(Begun::Not(chunks.session, Box::new(chunks.select.into_select()))),
        }
    }

    /// Reads the next chunk. Returns `false` if its first row cannot be compared.
    fn fill(&mut self) -> Result<bool> {
        let limit = self.size.min(self.left);
        let (mut last, mut rows, mut compares) = (Vec::new(), Vec::new(), true);
        let (keyset, read, undeferred) = (self.select.keyset(), self.read, self.undeferred);
        let sender = self.session.sender();
        let loaded = sender.load(&self.select, &mut |row| {
            if rows.is_empty() && !keyset.compares(row) {
                compares = false;
            }
            if compares {
                if rows.len() + 1 == limit {
                    keyset.read(row, &mut last)?;
                }
                rows.push(read_untracked(row, read + rows.len() + 1, undeferred));
            }
            Ok(())
        });
        loaded.map_err(|fault| self.session.fault(fault))?;
        self.left -= rows.len().min(self.left);
        self.read += rows.len();
        self.complete = rows.len() < limit || self.left == 0;
        if !self.complete {
            self.select.begin_after(Position { values: last, inclusive: false });
            self.select.cut(self.size.min(self.left), 0);
        }
        self.rows = rows.into_iter();
        Ok(compares)
    }

    /// Returns the next row, if there is one.
    pub(super) fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(row);
            }
            if self.complete {
                return None;
            }
            if let Err(error) = self.fill() {
                self.complete = true;
                return Some(Err(error));
            }
        }
    }
}
