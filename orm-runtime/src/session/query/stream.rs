//! Large tables in constant memory.

use std::fmt;
use std::marker::PhantomData;

use crate::backend::{Cause, Row, WatchedCursor};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{complete, decode_error};
use crate::mapping::{ColumnSet, Entity};
use crate::session::{Query, Session};

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

    /// Calls a closure with batches of objects, in the order of the query, or of their key if the
    /// query has none. A batch is in the session while the closure runs; then its edits are flushed
    /// and its objects are evicted, so memory use does not grow with the table. Sends one SELECT
    /// for each batch. The SELECT begins after the last row, so the last batch is as fast as the
    /// first.
    ///
    /// The order may be the same as that of [`pages`](Self::pages), which also continues where
    /// another process has stopped. A row that the closure moves forward in the order, by changing
    /// a column of the order, is met again.
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
    /// [`Error::Configuration`] if the query has a limit or an offset, or an order that
    /// [`pages`](Self::pages) refuses; the errors of [`all`](Self::all); the error that the closure
    /// returns.
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
        self.pages(size).each_page("batches()", |session, page| each(session, &page.objects))
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
