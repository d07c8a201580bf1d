//! Large tables in flat memory.

use std::fmt;
use std::marker::PhantomData;

use crate::backend::{Cursor, Row, SqlFragment, SqlWriter};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{READ_ALL, complete, decode_error};
use crate::mapping::{ColumnSet, Entity};
use crate::select::Select;
use crate::session::{Query, Session};
use crate::sql;

/// Rows as plain structs, read one by one while the database still finds the next.
///
/// The session cannot be used meanwhile: its connection is busy.
pub struct Stream<'q, T> {
    cursor: Cursor<'q>,
    undeferred: ColumnSet,
    /// How many rows were read.
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
    /// The rows as plain structs that the session does not track. One SELECT.
    ///
    /// # Errors
    /// As [`all`](Self::all), and [`Error::Configuration`] with [`eager`](Self::eager).
    pub fn rows(self) -> Result<Vec<T>> {
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

    /// The rows as plain structs, one at a time: memory stays flat whatever their number (on MySQL
    /// Diesel's connection holds the result of the query). The session does not track them. One
    /// SELECT.
    ///
    /// # Errors
    /// As [`all`](Self::all), and again for each row; [`Error::Configuration`] with
    /// [`eager`](Self::eager).
    pub fn stream(self) -> Result<Stream<'q, T>> {
        self.refuse_eager("stream()", "batches(), which loads it for each batch")?;
        let (session, select, how) = self.into_select()?;
        session.find_objects(&select)?;
        let cursor = session.sender().cursor(Box::new(select))?;
        Ok(Stream { cursor, undeferred: how.undeferred(), rows: 0, entity: PhantomData })
    }

    /// The objects in batches, in the order of the key, each batch tracked while the closure runs
    /// and evicted behind it, its edits flushed: memory stays flat. Each batch is one SELECT that
    /// begins behind the last key, so that the last batch is as fast as the first.
    ///
    /// What [`eager`](Self::eager) names is loaded for each batch, by one more SELECT a relationship
    /// (`joined` makes no difference here), is complete when the batch is handed out, and is evicted with
    /// it.
    ///
    /// Objects that were in memory before stay there. Objects that the closure deletes stay until the
    /// transaction ends, for a rollback brings them back: where many are deleted, let it commit.
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
    /// [`Error::Configuration`] when the query has an order, a limit or an offset of its own; as
    /// [`all`](Self::all); what the closure returns.
    pub fn batches(
        self,
        size: usize,
        each: impl FnMut(&mut Session, &[Handle<T>]) -> Result<()>,
    ) -> Result<()> {
        self.batches_with(size, each)
    }

    /// Hands the objects out in batches, as [`batches`](Self::batches) does, with an error type of your own.
    /// Where the closure does not say which one it is, write `batches_with::<MyError>(…)`.
    ///
    /// # Errors
    /// As [`batches`](Self::batches).
    pub fn batches_with<E: From<Error>>(
        self,
        size: usize,
        mut each: impl FnMut(&mut Session, &[Handle<T>]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.selection().is_ordered() || self.selection().is_cut() {
            let why =
                "batches() goes in the order of the key: leave out order_by, limit and offset";
            return Err(Error::Configuration(why.to_owned()).into());
        }
        let size = size.max(1);
        let (session, mut select, _) = self.into_select()?;
        let mut nodes = select.state_mut().take_eager();
        let entities = crate::session::load::eager::unjoined(T::META, &mut nodes);
        let undeferred = select.state().undeferred();
        select.state_mut().limit(i64::try_from(size).unwrap_or(i64::MAX));
        let mut page = Page::<T> { select, last: None };
        loop {
            session.prepare_read(page.select.state())?;
            let known = session.map().known(&entities);
            let populate = page.select.state().populates();
            let horizon = if populate { READ_ALL } else { session.map().horizon() };
            let how = session.map_mut().row_policy(T::META, horizon, undeferred);
            let handles = session.load_entities::<T>(&page, how)?;
            let Some(&last) = handles.last() else { return Ok(()) };
            // An object with an edited key stands where its row does.
            page.last = session.map().stored_key(last);
            let complete = handles.len() < size;
            session.load_batch(&handles, &nodes, horizon)?;
            let come = session.map().added_since(&known);
            each(session, &handles)?;
            session.flush_until_clean()?;
            // Deleted in the closure, evicted by hand, or there before: not ours to forget.
            session.map_mut().evict_all(come);
            if complete {
                return Ok(());
            }
        }
    }
}

/// An object from a row, without the map. `number` is that of the row.
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
    let mut object = T::decode(row, &key).map_err(|error| fail(row, error))?;
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

/// One batch: the query's conditions, behind the last key, in the order of the key.
struct Page<'q, T: Entity> {
    select: Select<'q>,
    last: Option<T::Key>,
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
}
