//! Queries for entities.

use std::fmt;
use std::marker::PhantomData;

use super::condition::Predicate;
use super::in_scope::ExpressionOf;
use super::select_state::{Select, SelectState};
use super::{Lock, Session};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::READ_ALL;
use crate::mapping::{ColumnSet, DeferredColumn, Entity};
use crate::sql;

/// A query for entities: built step by step, sent by its final call
/// ([`all`](Self::all), [`first`](Self::first), [`one`](Self::one), [`count`](Self::count), …).
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, age: Option<i32> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// let users = session
///     .query::<User>()
///     .filter(user::name.like("a%"))
///     .filter(user::age.gt(30)) // a NULL age is no match
///     .order_by((user::name.asc(), user::id.desc()))
///     .limit(20)
///     .all()?;
/// # assert!(users.is_empty());
/// # Ok(()) }
/// ```
#[must_use = "a query is sent by its final call, such as all() or first()"]
pub struct Query<'q, T: Entity> {
    pub(super) session: &'q mut Session,
    pub(super) parts: SelectState<'q>,
    entity: PhantomData<fn() -> T>,
}

impl Session {
    /// Begins a query for entities. No SQL before its final call.
    pub fn query<T: Entity>(&mut self) -> Query<'_, T> {
        Query { session: self, parts: SelectState::default(), entity: PhantomData }
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Only rows for which the condition holds; several filters all have to. Any Diesel expression
    /// over the entity's columns, nullable ones included, or a [`Condition`](super::Condition).
    pub fn filter(mut self, condition: impl Predicate<T> + 'q) -> Self {
        self.parts.filters.push(Box::new(condition));
        self
    }

    /// The same where there is a condition, for a filter that the user may leave out.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// # let wanted: Option<&str> = None;
    /// session.query::<User>().filter_opt(wanted.map(|name| user::name.eq(name))).all()?;
    /// # Ok(()) }
    /// ```
    pub fn filter_opt(self, condition: Option<impl Predicate<T> + 'q>) -> Self {
        match condition {
            Some(condition) => self.filter(condition),
            None => self,
        }
    }

    /// Orders the rows; a further call orders those that are equal so far.
    pub fn order_by<O>(mut self, order: O) -> Self
    where
        O: ExpressionOf<T> + 'q,
    {
        self.parts.order.push(Box::new(order));
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: i64) -> Self {
        self.parts.limit = Some(rows);
        self
    }

    /// Leaves out the first rows. The database still reads them; to go through a large table use
    /// [`batches`](Self::batches).
    pub fn offset(mut self, rows: i64) -> Self {
        self.parts.offset = Some(rows);
        self
    }

    /// Each different row once.
    pub fn distinct(mut self) -> Self {
        self.parts.distinct = true;
        self
    }

    /// Locks the rows until the transaction ends. Objects without edits take the values that the rows
    /// have now.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.parts.lock = Some(lock);
        self
    }

    /// Selects a deferred column too, and the other columns of its group.
    pub fn undefer<C: DeferredColumn<T>>(mut self, _column: C) -> Self {
        for column in super::load::group_of::<T>(C::POSITION).iter() {
            let seen = T::META.seen().contains(column);
            self.parts.undeferred = self.parts.undeferred.with(column, seen);
        }
        self
    }

    /// Rows overwrite objects that are in memory, unsaved edits included. Without it an object keeps
    /// its edits, and only a stale one takes the new values.
    pub fn populate_existing(mut self) -> Self {
        self.parts.populate = true;
        self
    }

    /// For [`update`](Self::update) and [`delete`](Self::delete): does not look after objects in
    /// memory, which is faster when none are concerned.
    pub fn without_synchronizing(mut self) -> Self {
        self.parts.unsynchronized = true;
        self
    }

    /// The objects. One SELECT, and those of [`eager`](Self::eager); a row that is in memory already is
    /// not read again, and gives the same handle.
    ///
    /// # Errors
    /// What the database answers, [`Error::Decode`] for a value that does not fit its field, and
    /// those of [`Session::flush`] when something waits to be written.
    pub fn all(self) -> Result<Vec<Handle<T>>> {
        Ok(self.fetch()?.1)
    }

    /// The objects, and the session they are in.
    pub(super) fn fetch(self) -> Result<(&'q mut Session, Vec<Handle<T>>)> {
        if !self.parts.eager.is_empty() {
            return self.fetch_eagerly();
        }
        let (session, select, how) = self.into_select()?;
        let handles = session.load_entities::<T>(&select, how)?;
        Ok((session, handles))
    }

    /// The first object, or `None`. One SELECT.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub fn first(self) -> Result<Option<Handle<T>>> {
        let limit = self.parts.limit.unwrap_or(1).min(1);
        Ok(self.limit(limit).all()?.first().copied())
    }

    /// The only object. One SELECT.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::MultipleFound`], and those of [`all`](Self::all).
    pub fn one(self) -> Result<Handle<T>> {
        self.one_or_none()?.ok_or(Error::NotFound { entity: T::META.name, key: None })
    }

    /// The only object, or `None`. One SELECT.
    ///
    /// # Errors
    /// [`Error::MultipleFound`], and those of [`all`](Self::all).
    pub fn one_or_none(self) -> Result<Option<Handle<T>>> {
        let query = if self.parts.limit.is_none() { self.limit(2) } else { self };
        let found = query.all()?;
        match found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            // Several rows of one object, from a join, are one object.
            [first, ref others @ ..] if others.iter().all(|other| *other == first) => {
                Ok(Some(first))
            }
            _ => Err(Error::MultipleFound { entity: T::META.name }),
        }
    }

    /// How many rows there are. One `SELECT count(*)`; no object is loaded.
    ///
    /// # Errors
    /// What the database answers, and those of [`Session::flush`].
    pub fn count(self) -> Result<i64> {
        let (session, parts) = self.into_parts();
        let counted = parts.limit.is_some() || parts.offset.is_some() || parts.distinct;
        let mut head = sql::Text::new(session.dialect(), "SELECT count(*) FROM ");
        // An order means nothing here, and PostgreSQL locks no counted rows.
        let parts = SelectState { order: Vec::new(), lock: None, ..parts };
        if !counted {
            head.tables(T::META);
            return session.read_one(&Select { head: head.finish(), parts, tail: String::new() });
        }
        // The rows are to be counted after they are cut or made different.
        if parts.distinct && T::META.hierarchy.is_none() {
            let rows = sql::select_list(session.dialect(), T::META, ColumnSet::EMPTY, "");
            head.push("(SELECT DISTINCT ").push(&rows.finish());
        } else {
            head.push("(SELECT 1 FROM ").tables(T::META);
        }
        session.read_one(&Select { head: head.finish(), parts, tail: ") AS counted".to_owned() })
    }

    /// Whether there is a row. One SELECT that stops at the first.
    ///
    /// # Errors
    /// What the database answers, and those of [`Session::flush`].
    pub fn exists(self) -> Result<bool> {
        let limit = self.parts.limit.unwrap_or(1).min(1);
        Ok(self.limit(limit).count()? > 0)
    }

    /// The SELECT as a statement, what waits being flushed and the transaction begun.
    pub(super) fn into_select(
        self,
    ) -> Result<(&'q mut Session, Select<'q>, crate::map::RowPolicy)> {
        let (session, parts) = self.into_parts();
        session.prepare_read(&parts)?;
        let undeferred = parts.undeferred;
        let select = format!("SELECT {}", parts.distinct_word());
        let head = sql::select_list(session.dialect(), T::META, undeferred, &select).finish();
        let horizon = if parts.populate { READ_ALL } else { session.map.horizon() };
        let mut how = session.map.row_policy(T::META, horizon, undeferred);
        if parts.lock.is_some() {
            // Who locks a row wants to go on from what it is now.
            how = how.reading_all();
        }
        let tail = parts.lock_words(session.dialect(), T::META);
        Ok((session, Select { head, parts, tail }, how))
    }
}

impl Session {
    /// Flushes what waits and begins the transaction for a query.
    pub(super) fn prepare_read(&mut self, parts: &SelectState<'_>) -> Result<()> {
        self.autoflush()?;
        if parts.lock.is_some() {
            parts.check_lock()?;
            self.begin_write()?;
            // A rollback would let go of the lock: it is no longer a matter of indifference.
            self.transaction.write();
            return Ok(());
        }
        self.begin_read()
    }

    /// Reads the one integer that a statement answers.
    fn read_one(&mut self, select: &Select<'_>) -> Result<i64> {
        self.prepare_read(&select.parts)?;
        self.find_objects(select)?;
        let mut number = 0;
        let loaded = self.connection.load(select, &mut |row| {
            number = row.get::<diesel::sql_types::BigInt, i64>()?;
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(number)
    }
}

impl<T: Entity> fmt::Debug for Query<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("entity", &T::META.name)
            .field("filters", &self.parts.filters.len())
            .field("limit", &self.parts.limit)
            .field("offset", &self.parts.offset)
            .finish_non_exhaustive()
    }
}
