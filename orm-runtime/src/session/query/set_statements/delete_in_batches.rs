//! DELETE of all rows that a query finds, some rows at a time.

use diesel::QueryResult;

use super::delete_by_query::soft_delete_of;
use crate::backend::{Cause, QueryName, SqlFragment, SqlWriter};
use crate::error::Result;
use crate::map::{Flushed, KeysOf, read_key};
use crate::mapping::{Entity, Writable};
use crate::select::Select;
use crate::session::row_binds::ListedKeys;
use crate::session::{Query, Session};
use crate::sql::{KeyForm, Text};

impl<T: Entity> Query<'_, T> {
    /// Deletes all rows that the query finds, `size` rows at a time, in the order of the key. Calls
    /// a closure after each batch with the number of rows deleted so far. Returns their number.
    ///
    /// The closure may commit, so that a long deletion is many short transactions: others wait for
    /// few rows, and the log of the database stays small. If it commits, an error later in the call
    /// leaves the batches before it deleted.
    ///
    /// Objects in memory are treated as by [`delete`](Self::delete): those whose rows are deleted
    /// leave the session, and a rollback brings them back unless the closure has committed.
    ///
    /// Sends one SELECT of the keys for each batch, which begins after the last key, and the
    /// statements of [`delete`](Self::delete). A batch has at most 16,384 rows, 50,000 on
    /// PostgreSQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Event { id: Auto<i64>, year: i32 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Event].create_all(&mut session)?;
    /// session.bulk_insert((0..2_500).map(|n| Event::builder().year(2_000 + n % 25).build()))?;
    /// let old = session.query::<Event>().filter(event::year.lt(2_020));
    /// let deleted = old.delete_in_batches(500, |session, _| session.commit())?;
    /// assert_eq!(deleted, 2_000);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The same errors as [`delete`](Self::delete), and the error that the closure returns.
    #[track_caller]
    pub fn delete_in_batches(
        self,
        size: usize,
        mut each: impl FnMut(&mut Session, usize) -> Result<()>,
    ) -> Result<usize>
    where
        T: Writable,
    {
        let _call = self.session().call(Cause::Bulk, T::META.name);
        self.only_filters("delete_in_batches")?;
        let (session, whole) = self.into_parts();
        let dialect = session.dialect();
        let size = size.clamp(1, KeyForm::max_keys(dialect, T::META.key.len()));
        let columns = T::META.key.iter().map(|&part| {
            let mut name = Text::new(dialect, "");
            name.column_of(None, T::META, part);
            name.finish()
        });
        let columns: Vec<String> = columns.collect();
        let mut head = Text::new(dialect, "SELECT ");
        head.push(&columns.join(", ")).push(" FROM ").tables(T::META);
        let mut select = whole.borrowed().from::<T>(dialect);
        select.set_head(head.finish());
        select.state_mut().limit(i64::try_from(size).unwrap_or(i64::MAX));
        let mut batch_of_keys = KeysAfter::<T> { select, columns: columns.join(", "), last: None };
        let mut deleted = 0;
        loop {
            session.flush_first()?;
            session.begin_write()?;
            session.find_objects(&batch_of_keys)?;
            let mut keys: Vec<T::Key> = Vec::with_capacity(size);
            let loaded = session.sender().load(&batch_of_keys, &mut |row| {
                keys.push(read_key::<T>(row)?);
                Ok(())
            });
            loaded.map_err(|fault| session.fault(fault))?;
            let Some(last) = keys.last().cloned() else { return Ok(deleted) };
            let (last_batch, keys) = (keys.len() < size, KeysOf::<T>(keys));
            let range = 0..keys.0.len();
            let listed = ListedKeys::new(dialect, &keys, range, T::META.key.len());
            let mut batch = whole.borrowed();
            batch.filter(Box::new(IsListed { listed, columns: &columns }));
            deleted += match soft_delete_of::<T>(batch, dialect) {
                Ok(marks) => session.run_set_statement::<T>(marks, Some(Flushed::SoftDeleted))?,
                Err(batch) => session.delete_for_good::<T>(*batch)?,
            };
            batch_of_keys.last = Some(last);
            let outside = session.outside();
            each(session, deleted)?;
            drop(outside);
            if last_batch {
                return Ok(deleted);
            }
        }
    }
}

/// The keys of the rows after a key, in their order.
struct KeysAfter<'q, T: Entity> {
    select: Select<'q>,
    /// The columns of the key, with commas.
    columns: String,
    last: Option<T::Key>,
}

impl<T: Entity> SqlFragment for KeysAfter<'_, T> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let state = self.select.state();
        pass.push_sql(self.select.head());
        state.write_where(pass)?;
        if let Some(last) = &self.last {
            pass.push_sql(if state.is_empty() { " WHERE (" } else { " AND (" });
            pass.push_sql(&self.columns);
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
        pass.push_sql(&self.columns);
        state.write_limit(pass);
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.state().name()
    }
}

/// The condition that the key of a row is one of these.
struct IsListed<'a> {
    listed: ListedKeys<'a>,
    columns: &'a [String],
}

impl SqlFragment for IsListed<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.listed.walk(self.columns, pass)
    }
}
