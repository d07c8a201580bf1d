//! Large tables in constant memory.

use std::fmt;
use std::marker::PhantomData;

use crate::backend::{Cause, QueryName, Row, SqlFragment, SqlWriter, WatchedCursor};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{READ_ALL, complete, decode_error};
use crate::mapping::{ColumnSet, Entity};
use crate::select::Select;
use crate::session::{Query, Session};
use crate::sql;

/// Rows as plain structs, read one by one from a running query.
///
/// The session cannot be used until the stream is dropped, because its connection is busy.
pub struct Stream<'q, T> {
    cursor: WatchedCursor<'q>,
    undeferred: ColumnSet,
    /// The number of rows read so far.
    rows: usize,
    entity: PhantomData<fn() -> T>,
}

impl<T: Entity> Iterator for Stream<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let undeferred = self.undeferred;
        self.rows += 1;
        let number = self.rows;
        self.cursor.next(|row| read_untracked(row, number, undeferred))
    }
}

impl<T> fmt::Debug for Stream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Returns the rows as plain structs, which the session does not track. Sends one SELECT.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all), and [`Error::Configuration`] if the query has
    /// [`eager`](Self::eager).
    #[track_caller]
    pub fn rows(self) -> Result<Vec<T>> {
        let _call = self.session().call(Cause::Query, T::META.name);
        self.refuse_eager("rows()", "all()")?;
        let (session, select, how) = self.into_select()?;
        session.find_objects(&select)?;
        let mut rows = Vec::new();
        let loaded = session.sender().load(&select, &mut |row| {
            rows.push(read_untracked(row, rows.len() + 1, how.undeferred())?);
            Ok(())
        });
        loaded.map_err(|fault| session.fault(fault))?;
        Ok(rows)
    }

    /// Returns the rows as plain structs, one at a time, so memory use does not grow with their
    /// number. (On MySQL, Diesel's connection holds the whole result.) The session does not track
    /// the structs. Sends one SELECT.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all), here and for each row; [`Error::Configuration`] if the
    /// query has [`eager`](Self::eager).
    #[track_caller]
    pub fn stream(self) -> Result<Stream<'q, T>> {
        let _call = self.session().call(Cause::Query, T::META.name);
        self.refuse_eager("stream()", "batches(), which loads it for each batch")?;
        let (session, select, how) = self.into_select()?;
        session.find_objects(&select)?;
        let cursor = session.sender().cursor(Box::new(select))?;
        Ok(Stream { cursor, undeferred: how.undeferred(), rows: 0, entity: PhantomData })
    }

    /// Calls a closure with batches of objects, in the order of their key. A batch is in the
    /// session while the closure runs; then its edits are flushed and its objects are evicted, so
    /// memory use does not grow with the table. Sends one SELECT for each batch. The SELECT begins
    /// after the last key, so the last batch is as fast as the first.
    ///
    /// A relationship of [`eager`](Self::eager) is loaded for each batch by one more SELECT, also
    /// with `joined`. It is complete when the closure receives the batch, and its objects are
    /// evicted with the batch.
    ///
    /// Objects that were in memory before the call stay there. Objects that the closure deletes
    /// stay until the transaction ends, because a rollback brings them back. If the closure deletes
    /// many objects, let it commit.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// session.query::<User>().batches(1_000, |session, users| {
    ///     for &user in users {
    ///         session[user].name.make_ascii_uppercase();
    ///     }
    ///     Ok(())
    /// })?;
    /// session.commit()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] if the query has its own order, limit or offset; the errors of
    /// [`all`](Self::all); the error that the closure returns.
    #[track_caller]
    pub fn batches(
        self,
        size: usize,
        each: impl FnMut(&mut Session, &[Handle<T>]) -> Result<()>,
    ) -> Result<()> {
        self.batches_with(size, each)
    }

    /// Calls a closure with batches of objects, like [`batches`](Self::batches), with an error type
    /// of its own. If the closure does not determine the type, write `batches_with::<MyError>(…)`.
    ///
    /// # Errors
    /// The same errors as [`batches`](Self::batches).
    #[track_caller]
    pub fn batches_with<E: From<Error>>(
        self,
        size: usize,
        mut each: impl FnMut(&mut Session, &[Handle<T>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let _call = self.session().call(Cause::Query, T::META.name);
        if self.selection().is_ordered() || self.selection().is_cut() {
            let why =
                "batches() follows the order of the key: leave out order_by, limit and offset";
            return Err(Error::Configuration(why.to_owned()).into());
        }
        let size = size.max(1);
        let (session, mut select, _) = self.into_select()?;
        let mut nodes = select.state_mut().take_eager();
        let entities = crate::session::load::eager::unjoined(T::META, &mut nodes);
        let undeferred = select.state().undeferred();
        select.state_mut().limit(i64::try_from(size).unwrap_or(i64::MAX));
        let mut page = Page::<T>::new(select);
        loop {
            session.prepare_read(page.select.state())?;
            let known = session.map().known(&entities);
            let populate = page.select.state().populates();
            let horizon = if populate { READ_ALL } else { session.map().horizon() };
            let how = session.map_mut().row_policy(T::META, horizon, undeferred);
            let handles = session.load_entities::<T>(&page, how)?;
            let Some(&last) = handles.last() else { return Ok(()) };
            // For an object with an edited key, its row decides where the next batch begins.
            page.last = session.map().stored_key(last);
            let complete = handles.len() < size;
            session.load_batch(&handles, &nodes, horizon)?;
            let come = session.map().added_since(&known);
            let outside = session.outside();
            each(session, &handles)?;
            drop(outside);
            session.flush_until_clean()?;
            // Objects that the closure deleted, that were evicted explicitly, or that were in
            // memory before the call are not evicted here.
            session.map_mut().evict_all(come);
            if complete {
                return Ok(());
            }
        }
    }
}

/// Reads an object from a row, without the identity map. `number` is the number of the row.
#[inline]
pub(in crate::session) fn read_untracked<T: Entity>(
    row: &mut Row<'_, '_>,
    number: usize,
    undeferred: ColumnSet,
) -> Result<T> {
    let subtype = T::META.subtype_meta();
    row.begin_object(0, subtype.map_or(&[], |subtype| subtype.layout));
    let key = T::decode_key(row).map_err(|error| {
        let mut error = decode_error::<T>(None, row, 0, error);
        error.of_row(number);
        error
    })?;
    row.rewind(0);
    let fail = |row: &Row<'_, '_>, error| decode_error::<T>(Some(&key), row, 0, error);
    let mut object = row.decode(|row| T::decode(row, &key)).map_err(|error| fail(row, error))?;
    if subtype.is_some() {
        row.rewind(T::META.visible().count());
    }
    for column in undeferred.iter() {
        if T::HAS.contains(column) {
            object.decode_column(column, row).map_err(|error| fail(row, error))?;
        } else {
            row.skip(1);
        }
    }
    complete(&mut object, &key)?;
    Ok(object)
}

/// A batch: the query's conditions, after the last key, in the order of the key.
pub(super) struct Page<'q, T: Entity> {
    select: Select<'q>,
    last: Option<T::Key>,
}

impl<'q, T: Entity> Page<'q, T> {
    /// Creates the first page of a query with a limit.
    pub(super) fn new(select: Select<'q>) -> Self {
        Page { select, last: None }
    }

    /// Goes on to the page after this key.
    pub(super) fn go_on_after(&mut self, key: T::Key) {
        self.last = Some(key);
    }
}

impl<T: Entity> SqlFragment for Page<'_, T> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> diesel::QueryResult<()> {
        let state = self.select.state();
        let dialect = pass.dialect();
        pass.push_sql(self.select.head());
        state.write_where(pass)?;
        let key_columns = || {
            let mut text = sql::Text::new(dialect, "");
            text.list(T::META.key, |text, &part| {
                text.column_of(None, T::META, part);
            });
            text.finish()
        };
        if let Some(last) = &self.last {
            pass.push_sql(if state.is_empty() { " WHERE (" } else { " AND (" });
            pass.push_sql(&key_columns());
            pass.push_sql(") > (");
            for part in 0..T::META.key.len() {
                if part > 0 {
                    pass.push_sql(", ");
                }
                T::bind_key(last, part, pass)?;
            }
            pass.push_sql(")");
        }
        pass.push_sql(" ORDER BY ");
        pass.push_sql(&key_columns());
        state.write_limit(pass);
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.state().name()
    }
}
