//! Pages of a query: objects in any order, from a cursor on, forward and backward.

use std::fmt;

use super::page::Page;
use super::page_reading::PageReading;
use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::map::RowPolicy;
use crate::mapping::Entity;
use crate::select::{Keyset, KeysetSelect, PageCursor, Position};
use crate::session::load::eager::unjoined;
use crate::session::{Query, Session};

/// A query that is read page by page; created by [`Query::pages`].
#[must_use = "a page is read by load(), all pages by each()"]
pub struct Pages<'q, T: Entity> {
    pub(super) query: Query<'q, T>,
    pub(super) size: usize,
    pub(super) cursor: Option<PageCursor>,
    pub(super) end: Option<PageCursor>,
    pub(super) counts: bool,
}

impl<'q, T: Entity> Query<'q, T> {
    /// Reads the query in pages of at most `size` objects. A page begins where a
    /// [cursor](PageCursor) says, so the last page is as fast as the first, and rows that are
    /// inserted or deleted meanwhile neither repeat nor hide others.
    ///
    /// The order may be that of any columns and expressions without values, ascending or
    /// descending. The key is added to it, in the direction of the last column, unless a unique
    /// column is in the order; without an order, rows are in the order of the key. NULL is below
    /// every value unless [`nulls_first`](crate::query::Sorted::nulls_first) or
    /// [`nulls_last`](crate::query::Sorted::nulls_last) says otherwise, on every database, also for
    /// a column without `asc()`. An index of the columns of the order, with the key at the end,
    /// lets the database begin at the page.
    ///
    /// Sends one SELECT for a page, which reads one row more to see whether there is a next page,
    /// and one for each relationship of [`eager`](Self::eager), also with `joined`.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// use orm_runtime::query::PageCursor;
    ///
    /// #[derive(Entity)]
    /// struct Article { id: Auto<i64>, title: String, stars: Option<i32> }
    ///
    /// /// Returns the titles of a page, and the cursors of the pages around it.
    /// fn page(
    ///     session: &mut Session,
    ///     cursor: Option<&str>,
    /// ) -> Result<(Vec<String>, Option<String>, Option<String>)> {
    ///     let cursor: Option<PageCursor> = cursor.map(str::parse).transpose()?;
    ///     let query = session.query::<Article>().order_by(article::stars.desc());
    ///     let page = query.pages(2).at(cursor).load()?;
    ///     let titles = page.iter().map(|&article| session[article].title.clone()).collect();
    ///     let text = |cursor: Option<PageCursor>| cursor.map(|cursor| cursor.to_string());
    ///     Ok((titles, text(page.previous), text(page.next)))
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Article].create_all(&mut session)?;
    /// for (title, stars) in [("a", Some(1)), ("b", None), ("c", Some(5)), ("d", Some(1))] {
    ///     session.add(Article { id: Auto::default(), title: title.to_owned(), stars });
    /// }
    /// session.commit()?;
    ///
    /// let (titles, previous, next) = page(&mut session, None)?;
    /// assert_eq!(titles, ["c", "d"]);
    /// assert!(previous.is_none());
    /// let (titles, previous, next) = page(&mut session, next.as_deref())?;
    /// assert_eq!(titles, ["a", "b"]);
    /// assert!(next.is_none());
    /// let (titles, previous, _) = page(&mut session, previous.as_deref())?;
    /// assert_eq!(titles, ["c", "d"]);
    /// assert!(previous.is_none());
    /// # Ok(()) }
    /// ```
    pub fn pages(self, size: usize) -> Pages<'q, T> {
        // The number of rows of a statement is one more.
        let size = size.clamp(1, usize::MAX / 2);
        Pages { query: self, size, cursor: None, end: None, counts: false }
    }
}

impl<'q, T: Entity> Pages<'q, T> {
    /// Begins at a cursor: that of [`next`](Page::next), [`previous`](Page::previous) or
    /// [`end`](Page::end) of a page of the same query. Without a cursor, or with `None`, the first
    /// page is read.
    pub fn at(mut self, cursor: impl Into<Option<PageCursor>>) -> Self {
        self.cursor = cursor.into();
        self
    }

    /// Counts the rows of all pages as well; see [`Page::total`]. Sends one more
    /// `SELECT count(*)`, which reads all rows that the conditions find.
    pub fn with_count(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Returns the page. Sends one SELECT, and the SELECTs of
    /// [`with_count`](Self::with_count) and [`eager`](Query::eager).
    ///
    /// # Errors
    /// - [`Error::InvalidCursor`] for a cursor of another query, order, entity or database.
    /// - [`Error::Configuration`] for a query that cannot be paged: it has a limit or an offset, or
    ///   its order has a value in an expression, is random, or is by a column with
    ///   `#[entity(secret)]`. On MySQL, also for an order by a native enumeration; order by
    ///   [`declared_order`](crate::query::EnumOrderExt::declared_order) of it.
    /// - The errors of [`all`](Query::all).
    #[track_caller]
    pub fn load(self) -> Result<Page<T>> {
        let _call = self.query.session().call(Cause::Query, T::META.name);
        let (mut reading, how) = self.begin("pages()")?;
        let rows = reading.read(how)?;
        reading.page(rows)
    }

    /// Calls a closure with each page, from the cursor to the last row. A page is in the session
    /// while the closure runs; then its edits are flushed and its objects are evicted, as by
    /// [`batches`](Query::batches). Sends the statements of [`load`](Self::load) for each page;
    /// rows are counted once.
    ///
    /// A program that stores [`end`](Page::end) of the pages that it has finished continues there
    /// after it was stopped.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # use orm_runtime::query::PageCursor;
    /// # #[derive(Entity)] struct Picture { id: Auto<i64>, #[entity(index)] hash: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Picture].create_all(&mut session)?;
    /// # session.add_all(["a", "b", "c"].map(|hash| Picture::builder().hash(hash).build()));
    /// # session.commit()?;
    /// let mut saved: Option<String> = None; // from a file
    /// let cursor = saved.as_deref().map(str::parse::<PageCursor>).transpose()?;
    /// let pictures = session.query::<Picture>().order_by(picture::hash.asc());
    /// pictures.pages(1_000).at(cursor).each(|session, page| {
    ///     for &picture in page {
    ///         println!("{}", session[picture].hash);
    ///     }
    ///     session.commit()?;
    ///     saved = page.end().map(ToString::to_string);
    ///     Ok(())
    /// })?;
    /// # assert!(saved.is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`load`](Self::load); [`Error::InvalidCursor`] for a cursor that goes
    /// backward; the error that the closure returns.
    #[track_caller]
    pub fn each(self, each: impl FnMut(&mut Session, &Page<T>) -> Result<()>) -> Result<()> {
        self.each_with(each)
    }

    /// Calls a closure with each page, like [`each`](Self::each), with an error type of its own. If
    /// the closure does not determine the type, write `each_with::<MyError>(…)`.
    ///
    /// # Errors
    /// The same errors as [`each`](Self::each).
    #[track_caller]
    pub fn each_with<E: From<Error>>(
        self,
        each: impl FnMut(&mut Session, &Page<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_page("each()", each)
    }

    /// Calls a closure with each page, for the call with this name.
    #[track_caller]
    pub(super) fn each_page<E: From<Error>>(
        self,
        name: &str,
        mut each: impl FnMut(&mut Session, &Page<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let _call = self.query.session().call(Cause::Query, T::META.name);
        self.refuse_backward()?;
        let (mut reading, mut how) = self.begin(name)?;
        loop {
            let known = reading.session.map().known(&reading.entities);
            let rows = reading.read(how)?;
            let (more, last) = (rows.more, rows.last.clone());
            let page = reading.page(rows)?;
            let session = &mut *reading.session;
            let come = session.map().added_since(&known);
            if !page.is_empty() {
                let outside = session.outside();
                each(session, &page)?;
                drop(outside);
                session.flush_until_clean()?;
            }
            // Objects that the closure deleted, that were evicted explicitly, or that were in
            // memory before the call are not evicted here.
            session.map_mut().evict_all(come);
            if !more {
                return Ok(());
            }
            // For an object with edited columns, its row decides where the next page begins.
            reading.select.begin_after(Position { values: last, inclusive: false });
            how = session.prepare_rows(T::META, reading.select.state())?;
        }
    }

    /// Returns an error for a cursor that goes backward, in a call that goes forward.
    pub(super) fn refuse_backward(&self) -> Result<()> {
        let reason = "goes backward, and each(), split() and within() go forward";
        match self.cursor.as_ref().is_some_and(PageCursor::is_backward) {
            true => Err(Error::InvalidCursor { reason }),
            false => Ok(()),
        }
    }

    /// Checks that the query can be paged, begins the transaction, and counts the rows if wanted.
    #[track_caller]
    pub(super) fn begin(self, name: &str) -> Result<(PageReading<'q>, RowPolicy)> {
        if self.end.is_some() {
            self.refuse_backward()?;
        }
        let Pages { query, size, cursor, end, counts } = self;
        if query.selection().is_cut() {
            return Err(Error::Configuration(format!(
                "{name} on {} divides the rows itself: leave out limit and offset",
                T::META.name
            )));
        }
        let dialect = query.session().dialect();
        let keyset = Keyset::of(query.selection(), T::META, dialect)?;
        let backward = cursor.as_ref().is_some_and(PageCursor::is_backward);
        let mut cursors = cursor.iter().chain(&end);
        if cursors.any(|cursor| cursor.owner().order != keyset.order_hash()) {
            let reason = "belongs to another entity, order or database";
            return Err(Error::InvalidCursor { reason });
        }
        let place = |cursor: &PageCursor| cursor.position(keyset.len());
        let position = cursor.as_ref().map(place).transpose()?;
        let end_position = end.as_ref().map(place).transpose()?;
        let (session, mut select, how) = query.into_select()?;
        let mut nodes = select.state_mut().take_eager();
        let entities = unjoined(T::META, &mut nodes);
        session.find_objects(&select)?;
        let owner = keyset.owner(select.state())?;
        if cursor.iter().chain(&end).any(|cursor| cursor.owner() != owner) {
            let reason = "belongs to a query with other conditions";
            return Err(Error::InvalidCursor { reason });
        }
        let total = match counts {
            true => Some(session.read_one(&select.state().borrowed().count::<T>(dialect))?),
            false => None,
        };
        let mut select = KeysetSelect::new(select, keyset, size + 1);
        if backward {
            select.turn();
        }
        if let Some(end) = end_position {
            select.end_before(end);
        }
        if let Some(position) = position {
            select.begin_after(position);
        }
        let reading =
            PageReading { session, select, nodes, entities, owner, size, backward, total };
        Ok((reading, how))
    }
}

impl<T: Entity> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("query", &self.query)
            .field("size", &self.size)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
