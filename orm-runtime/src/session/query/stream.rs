//! Large tables in constant memory.

use std::fmt;
use std::marker::PhantomData;

use super::chunks::{Begun, Chunks};
use super::untracked::read_untracked;
use crate::backend::{Cause, WatchedCursor};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{ColumnSet, Entity};
use crate::session::{Query, Session};

/// The number of rows that a stream reads at once where it reads in chunks.
const CHUNK: usize = 10_000;

/// Rows as plain structs, read one by one from a running query.
///
/// The session cannot be used until the stream is dropped, because its connection is busy.
pub struct Stream<'q, T> {
    source: Source<'q, T>,
    undeferred: ColumnSet,
    /// The number of rows read so far.
    rows: usize,
    entity: PhantomData<fn() -> T>,
}

/// Where the rows of a stream come from.
enum Source<'q, T> {
    /// From a running statement.
    Cursor(Box<WatchedCursor<'q>>),
    /// From one statement after another.
    Chunks(Box<Chunks<'q, T>>),
}

impl<T: Entity> Iterator for Stream<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let undeferred = self.undeferred;
        self.rows += 1;
        let number = self.rows;
        match &mut self.source {
            Source::Cursor(cursor) => cursor.next(|row| read_untracked(row, number, undeferred)),
            Source::Chunks(chunks) => chunks.next(),
        }
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
    /// number. The session does not track the structs. Sends one SELECT; on MySQL one for each
    /// 10,000 rows, as [`stream_in_chunks`](Self::stream_in_chunks) explains.
    ///
    /// # Errors
    /// The errors of [`all`](Self::all), here and for each row; [`Error::Configuration`] if the
    /// query has [`eager`](Self::eager).
    #[track_caller]
    pub fn stream(self) -> Result<Stream<'q, T>> {
        self.stream_in_chunks(CHUNK)
    }

    /// Returns the rows one at a time, like [`stream`](Self::stream), and says how many are read at
    /// once where the client library holds the whole result of a statement.
    ///
    /// That is MySQL, because Diesel's connection stores every result. There the stream sends one
    /// SELECT for each chunk of this many rows, which begins after the last row of the chunk before
    /// it, and memory holds one chunk. Rows that are large need small chunks. In a transaction with
    /// the isolation REPEATABLE READ, which is MySQL's default, all chunks see the same state of
    /// the database; with READ COMMITTED, and with
    /// [`Reads::Autocommit`](crate::transaction::Reads), each chunk sees what is committed when it
    /// is read.
    ///
    /// On MySQL, a stream without an order follows the key. One SELECT is sent, whose result is in
    /// memory as a whole, if no index leads the order of the query, because each chunk would sort
    /// all rows; if the order cannot be [paged](Self::pages); and for a view. Rows come one by one
    /// from the server on PostgreSQL, and from the file on SQLite, whatever the number.
    ///
    /// # Errors
    /// The same errors as [`stream`](Self::stream).
    #[track_caller]
    pub fn stream_in_chunks(self, rows: usize) -> Result<Stream<'q, T>> {
        let _call = self.session().call(Cause::Query, T::META.name);
        self.refuse_eager("stream()", "batches(), which loads it for each batch")?;
        let (session, select, how) = self.into_select()?;
        session.find_objects(&select)?;
        let undeferred = how.undeferred();
        let stream = |source| Stream { source, undeferred, rows: 0, entity: PhantomData };
        let (session, select) = match Chunks::<T>::order_of(session, &select) {
            None => (session, Box::new(select)),
            Some(keyset) => match Chunks::begin(session, select, keyset, rows, undeferred)? {
                Begun::Chunks(chunks) => return Ok(stream(Source::Chunks(chunks))),
                Begun::Not(session, select) => (session, select),
            },
        };
        let cursor = session.sender().cursor(select)?;
        Ok(stream(Source::Cursor(Box::new(cursor))))
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
