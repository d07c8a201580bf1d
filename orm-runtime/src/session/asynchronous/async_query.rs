//! Queries that are awaited.

use std::fmt;

use super::async_session::AsyncSession;
use crate::backend::Cause;
use crate::error::Result;
use crate::handle::Handle;
use crate::mapping::{DeferredColumn, Entity};
use crate::select::{ExpressionOf, IntoPath, Lock, Predicate};
use crate::session::{Query, Session};

type Build<T> = Box<dyn for<'q> FnOnce(Query<'q, T>) -> Query<'q, T> + Send>;

/// A query for entities whose final call is awaited: [`AsyncSession::query`]. Conditions own their
/// values. For everything else that a [`Query`] can do, run a closure with the session:
/// [`AsyncSession::run`].
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let url = "sqlite://async-query?mode=memory&cache=shared";
/// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
/// # db.session().await?.run(|session| schema![User].create_all(session)).await?;
/// let mut session = db.session().await?;
/// let query = session.query::<User>().filter(user::name.like("a%"));
/// let first = query.order_by(user::name.asc()).first().await?;
/// assert_eq!(first, None);
/// # Ok(()) }
/// ```
#[must_use = "a query is sent when its final call, such as all() or first(), is awaited"]
pub struct AsyncQuery<'s, T: Entity> {
    session: &'s mut AsyncSession,
    build: Build<T>,
}

impl<'s, T: Entity> AsyncQuery<'s, T> {
    pub(super) fn new(session: &'s mut AsyncSession) -> Self {
        AsyncQuery { session, build: Box::new(|query| query) }
    }

    fn then(
        self,
        step: impl for<'q> FnOnce(Query<'q, T>) -> Query<'q, T> + Send + 'static,
    ) -> Self {
        let build = self.build;
        AsyncQuery { session: self.session, build: Box::new(move |query| step(build(query))) }
    }

    /// Restricts the query, as [`Query::filter`] does.
    pub fn filter(self, condition: impl Predicate<T> + Send + 'static) -> Self {
        self.then(move |query| query.filter(condition))
    }

    /// Adds a filter if there is one, as [`Query::filter_opt`] does.
    pub fn filter_opt(self, condition: Option<impl Predicate<T> + Send + 'static>) -> Self {
        self.then(move |query| query.filter_opt(condition))
    }

    /// Orders the rows, as [`Query::order_by`] does.
    pub fn order_by(self, order: impl ExpressionOf<T> + Send + 'static) -> Self {
        self.then(move |query| query.order_by(order))
    }

    /// Limits the number of rows.
    pub fn limit(self, rows: i64) -> Self {
        self.then(move |query| query.limit(rows))
    }

    /// Skips the first rows.
    pub fn offset(self, rows: i64) -> Self {
        self.then(move |query| query.offset(rows))
    }

    /// Locks the rows until the transaction ends, as [`Query::lock`] does.
    pub fn lock(self, lock: Lock) -> Self {
        self.then(move |query| query.lock(lock))
    }

    /// Selects a deferred column as well, as [`Query::undefer`] does.
    pub fn undefer<C: DeferredColumn<T> + Send + 'static>(self, column: C) -> Self {
        self.then(move |query| query.undefer(column))
    }

    /// Loads a relationship together with the objects, as [`Query::eager`] does.
    pub fn eager(self, path: impl for<'q> IntoPath<'q, T> + Send + 'static) -> Self {
        self.then(move |query| query.eager(path))
    }

    /// Returns the objects. Sends the statements of [`Query::all`].
    ///
    /// # Errors
    /// Returns the errors of [`Query::all`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn all(self) -> impl Future<Output = Result<Vec<Handle<T>>>> + Send + 's {
        self.send(|query| query.all())
    }

    /// Returns the first object, or `None`. Sends the statements of [`Query::first`].
    ///
    /// # Errors
    /// Returns the errors of [`Query::first`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn first(self) -> impl Future<Output = Result<Option<Handle<T>>>> + Send + 's {
        self.send(|query| query.first())
    }

    /// Returns the only object. Sends the statements of [`Query::one`].
    ///
    /// # Errors
    /// Returns the errors of [`Query::one`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn one(self) -> impl Future<Output = Result<Handle<T>>> + Send + 's {
        self.send(|query| query.one())
    }

    /// Returns the only object, or `None`. Sends the statements of [`Query::one_or_none`].
    ///
    /// # Errors
    /// Returns the errors of [`Query::one_or_none`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn one_or_none(self) -> impl Future<Output = Result<Option<Handle<T>>>> + Send + 's {
        self.send(|query| query.one_or_none())
    }

    /// Returns the number of rows. Sends one `SELECT count(*)`.
    ///
    /// # Errors
    /// Returns the errors of [`Query::count`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn count(self) -> impl Future<Output = Result<i64>> + Send + 's {
        self.send(|query| query.count())
    }

    /// Returns `true` if there is a row. Sends one SELECT.
    ///
    /// # Errors
    /// Returns the errors of [`Query::exists`] and of [`AsyncSession::run`].
    #[track_caller]
    pub fn exists(self) -> impl Future<Output = Result<bool>> + Send + 's {
        self.send(|query| query.exists())
    }

    #[track_caller]
    fn send<A: Send + 'static>(
        self,
        last: impl for<'q> FnOnce(Query<'q, T>) -> Result<A> + Send + 'static,
    ) -> impl Future<Output = Result<A>> + Send + 's {
        let AsyncQuery { session, build } = self;
        let work = move |session: &mut Session| last(build(session.query::<T>()));
        session.call(Cause::Query, Some(T::META.name), work)
    }
}

impl<T: Entity> fmt::Debug for AsyncQuery<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncQuery").field("entity", &T::META.name).finish_non_exhaustive()
    }
}
