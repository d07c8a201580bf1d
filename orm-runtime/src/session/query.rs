//! Queries for entities.

mod before_select;
pub(super) mod by_subtype;
mod chunks;
pub(super) mod explain;
pub(super) mod insert_into;
pub(super) mod join;
pub(super) mod page;
pub(super) mod page_range;
mod page_reading;
pub(super) mod pages;
pub(super) mod related_query;
pub(super) mod selection;
pub(super) mod set_statements;
pub(super) mod statement_text;
pub(super) mod stream;
pub(super) mod text_query;
pub(super) mod untracked;

use std::fmt;
use std::marker::PhantomData;

use super::Session;
use crate::backend::{Cause, Dialect};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{IdentityMap, RowPolicy};
use crate::mapping::{DefaultScope, DeferredColumn, Entity};
use crate::select::{ExpressionOf, IntoPath, Lock, Predicate, Select, SelectState};

/// A query for entities. Its methods build the query step by step; its final call sends it
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
///     .filter(user::age.gt(30)) // a NULL age does not match
///     .order_by((user::name.asc(), user::id.desc()))
///     .limit(20)
///     .all()?;
/// # assert!(users.is_empty());
/// # Ok(()) }
/// ```
#[must_use = "a query is sent by its final call, such as all() or first()"]
pub struct Query<'q, T: Entity> {
    session: &'q mut Session,
    select: SelectState<'q>,
    entity: PhantomData<fn() -> T>,
}

impl Session {
    /// Creates a query for entities. Sends no SQL; the final call of the query does.
    pub fn query<T: Entity>(&mut self) -> Query<'_, T> {
        T::entity_index();
        Query { session: self, select: SelectState::default(), entity: PhantomData }
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Restricts the query to rows for which a condition holds. If there are several filters, all
    /// must hold. A condition is any Diesel expression over the entity's columns, nullable ones
    /// included, or a [`Condition`](crate::Condition).
    pub fn filter(mut self, condition: impl Predicate<T> + 'q) -> Self {
        self.select.filter(Box::new(condition));
        self
    }

    /// Adds a filter if there is one, for filters that a user can leave out.
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

    /// Orders the rows. Another call orders the rows that are equal in the order so far.
    pub fn order_by<O>(mut self, order: O) -> Self
    where
        O: ExpressionOf<T> + 'q,
    {
        self.select.order_by(Box::new(order));
        self
    }

    /// Limits the number of rows.
    pub fn limit(mut self, rows: i64) -> Self {
        self.select.limit(rows);
        self
    }

    /// Skips the first rows. The database still reads them. To go through a large table, use
    /// [`batches`](Self::batches).
    pub fn offset(mut self, rows: i64) -> Self {
        self.select.offset(rows);
        self
    }

    /// Removes duplicate rows.
    pub fn distinct(mut self) -> Self {
        self.select.distinct();
        self
    }

    /// Locks the rows until the transaction ends. Objects without edits take the current values of
    /// their rows.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.select.lock(lock);
        self
    }

    /// Selects a deferred column as well, together with the other columns of its group. Adds no
    /// statement.
    ///
    /// No call leaves a plain column out: an object has all of its plain fields. Make a column that
    /// few queries need [`Deferred`](crate::Deferred), or [`select`](Self::select) the columns that
    /// a list shows.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct Picture { id: Auto<i64>, hash: String, bytes: Deferred<Vec<u8>> }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Picture].create_all(&mut session)?;
    /// # session.add(Picture::builder().hash("a").bytes(vec![1, 2]).build());
    /// # session.commit()?;
    /// # session.clear();
    /// let pictures = session.query::<Picture>().all()?; // SELECT id, hash
    /// assert!(session[pictures[0]].bytes.get().is_err());
    /// session.query::<Picture>().undefer(picture::bytes).all()?; // SELECT id, hash, bytes
    /// assert_eq!(session[pictures[0]].bytes.get()?, &[1, 2]);
    /// let hashes: Vec<(i64, String)> =
    ///     session.query::<Picture>().select((picture::id, picture::hash)).load()?;
    /// # assert_eq!(hashes.len(), 1);
    /// # Ok(()) }
    /// ```
    pub fn undefer<C: DeferredColumn<T>>(mut self, _column: C) -> Self {
        let group = super::load::group_of::<T>(C::POSITION);
        self.select.undefer(group.and(T::META.seen()));
        self
    }

    /// Overwrites objects in memory with the values of their rows, unsaved edits included. Without
    /// this, an object keeps its edits, and only a stale object takes new values.
    pub fn populate_existing(mut self) -> Self {
        self.select.populate();
        self
    }

    /// Keeps only the first row, in a given order, of the rows that have the same value of an
    /// expression or of a tuple of expressions. If two rows are equal in that order, the one with
    /// the smaller key is first. Adds no statement.
    ///
    /// This is a condition on the rows that the filters leave, so it combines with all other parts
    /// of the query: `order_by` sets the order of the result, `count` counts the groups. On
    /// PostgreSQL it is a `SELECT DISTINCT ON`; on the other databases it uses `ROW_NUMBER()`.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct Payment { id: Auto<i64>, customer: String, day: i32 }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Payment].create_all(&mut session)?;
    /// for (customer, day) in [("ada", 1), ("ada", 7), ("grace", 3)] {
    ///     session.add(Payment::builder().customer(customer).day(day).build());
    /// }
    /// let latest = session
    ///     .query::<Payment>()
    ///     .distinct_on(payment::customer, payment::day.desc())
    ///     .order_by(payment::customer.asc())
    ///     .all()?;
    /// let days: Vec<i32> = latest.iter().map(|&payment| session[payment].day).collect();
    /// assert_eq!(days, [7, 3]);
    /// # Ok(()) }
    /// ```
    pub fn distinct_on<G, O>(mut self, group: G, order: O) -> Self
    where
        G: ExpressionOf<T> + 'q,
        O: ExpressionOf<T> + 'q,
    {
        self.select.distinct_on(Box::new(group), Box::new(order));
        self
    }

    /// Lifts a default scope, such as `user::scopes::visible`, for this query: the query also finds
    /// the rows that the scope hides.
    ///
    /// ```
    /// use orm_runtime::prelude::*;
    ///
    /// #[derive(Entity)]
    /// #[entity(scope = visible)]
    /// struct Post { id: Auto<i64>, hidden: bool }
    ///
    /// fn visible() -> Condition<'static, Post> {
    ///     Condition::all().and(post::hidden.eq(false))
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Post].create_all(&mut session)?;
    /// session.add(Post::builder().hidden(true).build());
    /// assert_eq!(session.query::<Post>().count()?, 0); // … WHERE hidden = 0
    /// assert_eq!(session.query::<Post>().unscoped(post::scopes::visible).count()?, 1);
    /// # Ok(()) }
    /// ```
    pub fn unscoped<S: DefaultScope<T>>(mut self, _scope: S) -> Self {
        self.select.lift(S::POSITION);
        self
    }

    /// Lifts all default scopes for this query.
    pub fn unscoped_all(mut self) -> Self {
        self.select.lift_all();
        self
    }

    /// Does not synchronise the objects in memory with an [`update`](Self::update) or
    /// [`delete`](Self::delete). This is faster, and safe if no object in memory is affected.
    pub fn without_synchronizing(mut self) -> Self {
        self.select.leave_unsynchronized();
        self
    }

    /// Loads a relationship, or a path of relationships, together with the objects. Sends one more
    /// SELECT for each relationship of the path and each batch of owners, and none if everything is
    /// in memory and current. A batch is 16,384 owners, 50,000 on PostgreSQL, and fewer for keys of
    /// several columns. Paths that begin alike load the common part once.
    ///
    /// The database decides which objects belong together. If keys are strings that the database
    /// treats as equal although they differ, the session sends one more SELECT for each
    /// relationship and batch, for the keys that it has not met before. It does the same for
    /// strings that match no row.
    ///
    /// A path with a [`filter`](crate::query::RelationshipExt::filter) or a limit loads a
    /// [part](crate::HasMany::part) of the collection. A path with
    /// [`joined`](crate::query::RelationshipExt::joined) is loaded in the same statement. Rows that
    /// a default scope of their entity hides stay hidden.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct User {
    ///     id: Auto<i64>,
    ///     name: String,
    ///     #[entity(inverse = user)]
    ///     addresses: HasMany<Address>,
    /// }
    ///
    /// #[derive(Entity)]
    /// struct Address {
    ///     id: Auto<i64>,
    ///     email: String,
    ///     user: ForeignKey<User>,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// # for name in ["ada", "grace"] {
    /// #     let user = session.add(User::builder().name(name).build());
    /// #     session.add(Address::builder().email("home").user(user).build());
    /// # }
    /// # session.commit()?;
    /// # session.clear();
    /// // SELECT … FROM user; SELECT … FROM address WHERE user_id IN (…)
    /// let users = session.expect_statements(2, |session| {
    ///     session.query::<User>().eager(user::addresses).all()
    /// })?;
    /// for user in users {
    ///     assert_eq!(session[user].addresses.len(&session)?, 1);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn eager(mut self, path: impl IntoPath<'q, T>) -> Self {
        self.select.eager(path.into_path().into_steps());
        self
    }

    /// Returns the objects. Sends one SELECT, and the SELECTs of [`eager`](Self::eager). A row
    /// whose object is already in memory is not read again, and gives the same handle.
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`] for a value that does not fit its field, and
    /// the errors of [`Session::flush`] if there are pending changes.
    #[track_caller]
    pub fn all(self) -> Result<Vec<Handle<T>>> {
        Ok(self.fetch()?.1)
    }

    /// Returns the objects and the session they are in.
    #[track_caller]
    pub(super) fn fetch(self) -> Result<(&'q mut Session, Vec<Handle<T>>)> {
        let _call = self.session.call(Cause::Query, T::META.name);
        if self.select.loads_along() {
            return self.fetch_eagerly();
        }
        let (session, select, how) = self.into_select()?;
        let handles = session.load_entities::<T>(&select, how)?;
        Ok((session, handles))
    }

    /// Returns the first object, or `None`. Sends one SELECT.
    ///
    /// # Errors
    /// The same errors as [`all`](Self::all).
    #[track_caller]
    pub fn first(mut self) -> Result<Option<Handle<T>>> {
        self.select.limit_to_first();
        Ok(self.all()?.first().copied())
    }

    /// Returns the only object. Sends one SELECT.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row, [`Error::MultipleFound`] if there are several
    /// objects, and the errors of [`all`](Self::all).
    #[track_caller]
    pub fn one(self) -> Result<Handle<T>> {
        self.one_or_none()?.ok_or(Error::NotFound { entity: T::META.name, key: None })
    }

    /// Returns the only object, or `None`. Sends one SELECT.
    ///
    /// # Errors
    /// [`Error::MultipleFound`] if there are several objects, and the errors of [`all`](Self::all).
    #[track_caller]
    pub fn one_or_none(mut self) -> Result<Option<Handle<T>>> {
        self.select.limit_if_none(2);
        let found = self.all()?;
        match found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            // Several rows of the same object, from a join, count as one.
            [first, ref others @ ..] if others.iter().all(|other| *other == first) => {
                Ok(Some(first))
            }
            _ => Err(Error::MultipleFound { entity: T::META.name }),
        }
    }

    /// Returns the number of rows. Sends one `SELECT count(*)`; loads no objects.
    ///
    /// # Errors
    /// Any error of the database, and the errors of [`Session::flush`].
    #[track_caller]
    pub fn count(self) -> Result<i64> {
        let _call = self.session.call(Cause::Query, T::META.name);
        let (session, select) = self.into_parts();
        session.read_one(&select.count::<T>(session.dialect()))
    }

    /// Returns `true` if there is a row. Sends one SELECT that stops at the first row.
    ///
    /// # Errors
    /// Any error of the database, and the errors of [`Session::flush`].
    #[track_caller]
    pub fn exists(mut self) -> Result<bool> {
        self.select.limit_to_first();
        Ok(self.count()? > 0)
    }

    /// Returns an error if the query loads relationships but its final call puts no objects in the
    /// session.
    pub(super) fn refuse_eager(&self, call: &str, cure: &str) -> Result<()> {
        if !self.select.loads_along() {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "{call} on {} returns no objects of the session, so it cannot load their relationships: \
             leave out eager(), or call {cure}",
            T::META.name
        )))
    }

    /// Returns the session and the selection, with the scopes that are not lifted and the condition
    /// of `distinct_on`.
    pub(super) fn into_parts(self) -> (&'q mut Session, SelectState<'q>) {
        let select = self.select.in_scopes_of::<T>(self.session.dialect());
        (self.session, select)
    }

    /// Returns the session, to observe the call.
    pub(super) fn session(&self) -> &Session {
        self.session
    }

    /// Returns the objects of the session, and the selection with its scopes, without using up the
    /// query.
    pub(super) fn borrowed(&self, dialect: Dialect) -> (&IdentityMap, SelectState<'_>) {
        (self.session.map(), self.select.borrowed().in_scopes_of::<T>(dialect))
    }

    /// Returns the selection without scopes.
    pub(super) fn selection(&self) -> &SelectState<'q> {
        &self.select
    }

    pub(super) fn selection_mut(&mut self) -> &mut SelectState<'q> {
        &mut self.select
    }

    /// Returns the SELECT as a statement, after flushing pending changes and beginning the
    /// transaction.
    pub(super) fn into_select(self) -> Result<(&'q mut Session, Select<'q>, RowPolicy)> {
        let (session, select) = self.into_parts();
        let how = session.prepare_rows(T::META, &select)?;
        let select = select.objects::<T>(session.dialect());
        Ok((session, select, how))
    }
}

impl<T: Entity> fmt::Debug for Query<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Query");
        shown.field("entity", &T::META.name);
        self.select.show_in(&mut shown);
        shown.finish_non_exhaustive()
    }
}
