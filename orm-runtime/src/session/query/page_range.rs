//! The rows of a query in several ranges, which several sessions can read at the same time.

use std::mem;

use super::pages::Pages;
use crate::backend::Cause;
use crate::error::Result;
use crate::mapping::Entity;
use crate::select::PageCursor;

/// A part of the rows of a query, from one place to another; created by [`Pages::split`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct PageRange {
    /// Where the range begins; `None` for the first row.
    pub from: Option<PageCursor>,
    /// Where the range ends, which is where the next one begins; `None` for the last row.
    pub to: Option<PageCursor>,
}

impl<T: Entity> Pages<'_, T> {
    /// Reads the rows of a range. A range belongs to the query that was split, as a cursor does,
    /// and its pages go forward. [`at`](Self::at), called after this, begins at another place in
    /// the range.
    pub fn within(mut self, range: PageRange) -> Self {
        (self.cursor, self.end) = (range.from, range.to);
        self
    }

    /// Divides the rows into ranges with about the same number of rows, at most this many. Together
    /// they are all rows, and no row is in two of them, also if rows are inserted later. Sends one
    /// `SELECT count(*)`, and for each range but the last one SELECT of one row, which reads the
    /// index of the order up to the end of the range.
    ///
    /// Each range can be read by a session of its own, on a thread of its own. Sessions have
    /// separate transactions, so each sees the state of the database in which its transaction
    /// began.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Picture { id: Auto<i64>, hash: String, size: i64 }
    /// # fn main() -> Result<()> {
    /// # let url = "sqlite://split-pages?mode=memory&cache=shared";
    /// # let mut session = Session::open(url)?;
    /// # schema![Picture].create_all(&mut session)?;
    /// # session.bulk_insert((0..1_000).map(|n| Picture::builder().hash("a").size(n).build()))?;
    /// # session.commit()?;
    /// let ranges = session.query::<Picture>().pages(100).split(4)?;
    /// session.rollback()?;
    /// let total = std::thread::scope(|scope| {
    ///     let read = |range| {
    ///         let mut session = Session::open(url)?; // or that of a SessionFactory
    ///         let mut sum = 0;
    ///         session.query::<Picture>().pages(100).within(range).each(|session, page| {
    ///             sum += page.iter().map(|&picture| session[picture].size).sum::<i64>();
    ///             Ok(())
    ///         })?;
    ///         Ok(sum)
    ///     };
    ///     let threads: Vec<_> =
    ///         ranges.into_iter().map(|range| scope.spawn(move || read(range))).collect();
    ///     let sums = threads.into_iter().map(|thread| thread.join().expect("it did not panic"));
    ///     sums.sum::<Result<i64>>()
    /// })?;
    /// assert_eq!(total, 499_500);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`load`](Self::load).
    #[track_caller]
    pub fn split(self, ranges: usize) -> Result<Vec<PageRange>> {
        let _call = self.query.session().call(Cause::Query, T::META.name);
        self.refuse_backward()?;
        let whole = PageRange { from: self.cursor.clone(), to: self.end.clone() };
        let pages = Pages { counts: true, ..self };
        let (mut reading, _) = pages.begin("split()")?;
        let rows = usize::try_from(reading.total.unwrap_or_default()).unwrap_or_default();
        let step = rows.div_ceil(ranges.max(1)).max(1);
        let (mut split, mut from) = (Vec::new(), whole.from);
        // A range that would begin after the last row is not made.
        for _ in 1..rows.div_ceil(step) {
            let Some(place) = reading.place_after(step - 1)? else { break };
            let to = Some(PageCursor::new(reading.owner, false, &place));
            reading.select.begin_after(place);
            split.push(PageRange { from: mem::replace(&mut from, to.clone()), to });
        }
        split.push(PageRange { from, to: whole.to });
        Ok(split)
    }
}
