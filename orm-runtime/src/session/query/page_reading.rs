//! The rows of a page as they are read, and the page that they become.

use std::mem;

use super::page::Page;
use crate::backend::OrderValue;
use crate::error::Result;
use crate::handle::{Handle, RawHandle};
use crate::map::{READ_ALL, RowPolicy};
use crate::mapping::{Entity, EntityMeta};
use crate::select::{CursorOwner, KeysetSelect, Node, PageCursor, Position};
use crate::session::Session;

/// The rows of a page, in the order in which they were read.
pub(super) struct PageRows<T: Entity> {
    handles: Vec<Handle<T>>,
    /// The values of the first row and of the last one, empty without rows.
    first: Vec<OrderValue>,
    pub(super) last: Vec<OrderValue>,
    /// There is a row after the page.
    pub(super) more: bool,
}

/// A query that is read page by page.
pub(super) struct PageReading<'q> {
    pub(super) session: &'q mut Session,
    pub(super) select: KeysetSelect<'q>,
    pub(super) nodes: Vec<Node<'q>>,
    /// The entities whose objects are loaded, owners first.
    pub(super) entities: Vec<&'static EntityMeta>,
    pub(super) owner: CursorOwner,
    pub(super) size: usize,
    /// The rows are read in the opposite order.
    pub(super) backward: bool,
    pub(super) total: Option<i64>,
}

impl PageReading<'_> {
    /// Reads the rows of a page into the map.
    pub(super) fn read<T: Entity>(&mut self, how: RowPolicy) -> Result<PageRows<T>> {
        let session = &mut *self.session;
        session.find_objects(&self.select)?;
        let (mut first, mut last, mut rows) = (Vec::new(), Vec::new(), 0);
        let mut handles = Vec::new();
        let id = session.map().id();
        let (keyset, size) = (self.select.keyset(), self.size);
        let (map, sender) = session.map_and_sender();
        let arena = map.arena_mut::<T>();
        let loaded = sender.load(&self.select, &mut |row| {
            rows += 1;
            if rows > size {
                return Ok(());
            }
            if rows == 1 {
                keyset.read(row, &mut first)?;
            }
            keyset.read(row, &mut last)?;
            if let Some(slot) = arena.load_row(row, &how)? {
                let generation = arena.generation(slot);
                handles.push(Handle::from_raw(RawHandle { slot, generation, map: id }));
            }
            Ok(())
        });
        loaded.map_err(|fault| session.fault(fault))?;
        session.pair_arrivals(T::META)?;
        session.map_mut().fix_up_loaded(T::META, None);
        Ok(PageRows { handles, first, last, more: rows > size })
    }

    /// Reads the values of one row, after leaving out others from the place on.
    pub(super) fn place_after(&mut self, rows: usize) -> Result<Option<Position>> {
        self.select.cut(1, rows);
        let session = &mut *self.session;
        session.find_objects(&self.select)?;
        let (keyset, mut values) = (self.select.keyset(), Vec::new());
        let read = session.sender().load(&self.select, &mut |row| keyset.read(row, &mut values));
        read.map_err(|fault| session.fault(fault))?;
        Ok((!values.is_empty()).then_some(Position { values, inclusive: false }))
    }

    /// Loads the relationships of the query for the rows, and adds the cursors around them.
    pub(super) fn page<T: Entity>(&mut self, rows: PageRows<T>) -> Result<Page<T>> {
        let PageRows { handles: mut objects, mut first, mut last, more } = rows;
        if self.backward {
            objects.reverse();
            mem::swap(&mut first, &mut last);
        }
        let populates = self.select.state().populates();
        let horizon = if populates { READ_ALL } else { self.session.map().horizon() };
        self.session.load_batch(&objects, &self.nodes, horizon)?;
        let owner = self.owner;
        let before =
            |values, inclusive| PageCursor::new(owner, true, &Position { values, inclusive });
        let after =
            |values, inclusive| PageCursor::new(owner, false, &Position { values, inclusive });
        let is_empty = first.is_empty();
        let (previous, next, end) = match self.select.position() {
            None if is_empty => (None, None, None),
            None => (None, more.then(|| after(last.clone(), false)), Some(after(last, false))),
            // The rows around the page begin, or end, at the row of the cursor.
            Some(at) if is_empty => {
                let (values, inclusive) = (at.values.clone(), at.inclusive);
                match self.backward {
                    false => (
                        Some(before(values.clone(), !inclusive)),
                        None,
                        Some(after(values, inclusive)),
                    ),
                    true => {
                        let next = after(values, !inclusive);
                        (None, Some(next.clone()), Some(next))
                    }
                }
            }
            Some(_) => {
                let end = after(last, false);
                let previous = (!self.backward || more).then(|| before(first, false));
                let next = (self.backward || more).then(|| end.clone());
                (previous, next, Some(end))
            }
        };
        Ok(Page { objects, next, previous, total: self.total, end })
    }
}
