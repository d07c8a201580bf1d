//! Queries for entities.

pub(super) mod by_subtype;
pub(super) mod join;
pub(super) mod related_query;
pub(super) mod selection;
pub(super) mod set_statements;
pub(super) mod stream;
pub(super) mod text_query;

use std::fmt;
use std::marker::PhantomData;

use super::Session;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::READ_ALL;
use crate::mapping::{DefaultScope, DeferredColumn, Entity};
use crate::select::{ExpressionOf, IntoPath, Lock, Predicate, Select, SelectState};

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
    session: &'q mut Session,
    select: SelectState<'q>,
    entity: PhantomData<fn() -> T>,
}

impl Session {
    /// Begins a query for entities. No SQL before its final call.
    pub fn query<T: Entity>(&mut self) -> Query<'_, T> {
        Query { session: self, select: SelectState::default(), entity: PhantomData }
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Only rows for which the condition holds; several filters all have to. Any Diesel expression
    /// over the entity's columns, nullable ones included, or a [`Condition`](crate::Condition).
    pub fn filter(mut self, condition: impl Predicate<T> + 'q) -> Self {
        self.select.filter(Box::new(condition));
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
        self.select.order_by(Box::new(order));
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: i64) -> Self {
        self.select.limit(rows);
        self
    }

    /// Leaves out the first rows. The database still reads them; to go through a large table use
    /// [`batches`](Self::batches).
    pub fn offset(mut self, rows: i64) -> Self {
        self.select.offset(rows);
        self
    }

    /// Each different row once.
    pub fn distinct(mut self) -> Self {
        self.select.distinct();
        self
    }

    /// Locks the rows until the transaction ends. Objects without edits take the values that the rows
    /// have now.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.select.lock(lock);
        self
    }

    /// Selects a deferred column too, and the other columns of its group.
    pub fn undefer<C: DeferredColumn<T>>(mut self, _column: C) -> Self {
        let group = super::load::group_of::<T>(C::POSITION);
        self.select.undefer(group.and(T::META.seen()));
        self
    }

    /// Rows overwrite objects that are in memory, unsaved edits included. Without it an object keeps
    /// its edits, and only a stale one takes the new values.
    pub fn populate_existing(mut self) -> Self {
        self.select.populate();
        self
    }

    /// Of the rows that have the same value of an expression, or of a tuple of them, only the first in
    /// an order; where two are equal in it, the one with the smaller key. Still one statement.
    ///
    /// It is a condition on the rows that the filters leave, and so goes with all other parts of the
    /// query: `order_by` says in which order the rows come, `count` counts the groups. PostgreSQL
    /// finds the rows with `SELECT DISTINCT ON`, the other databases with `ROW_NUMBER()`.
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

    /// Lifts a default scope for this query, such as `user::scopes::visible`: rows are found that it
    /// hides.
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

    /// For [`update`](Self::update) and [`delete`](Self::delete): does not look after objects in
    /// memory, which is faster when none are concerned.
    pub fn without_synchronizing(mut self) -> Self {
        self.select.leave_unsynchronized();
        self
    }

    /// Loads a relationship, or a path of them, together with the objects: one more SELECT for each
    /// relationship of the path and each batch of owners (16,384 of them, 50,000 on PostgreSQL, fewer for
    /// keys of several columns), whatever their number; none where everything is in memory and current.
    /// Paths that begin alike load what they share once.
    ///
    /// What belongs to whom is said by the database. Where keys are texts which it takes for equal though they
    /// are not written alike, one more SELECT a relationship and batch asks for those that the session
    /// has not met before; so it does for texts that lead to no row.
    ///
    /// A path with a [`filter`](crate::query::RelationshipExt::filter) or a limit loads a
    /// [part](crate::HasMany::part) of the collection. [`joined`](crate::query::RelationshipExt::joined) loads in
    /// the same statement. Rows that a default scope of their entity hides stay hidden.
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
        if self.select.loads_along() {
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
    pub fn first(mut self) -> Result<Option<Handle<T>>> {
        self.select.limit_to_first();
        Ok(self.all()?.first().copied())
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
    pub fn one_or_none(mut self) -> Result<Option<Handle<T>>> {
        self.select.limit_if_none(2);
        let found = self.all()?;
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
        let (session, select) = self.into_parts();
        session.read_one(&select.count::<T>(session.dialect()))
    }

    /// Whether there is a row. One SELECT that stops at the first.
    ///
    /// # Errors
    /// What the database answers, and those of [`Session::flush`].
    pub fn exists(mut self) -> Result<bool> {
        self.select.limit_to_first();
        Ok(self.count()? > 0)
    }

    /// Refuses a call that leaves no objects in the session for collections to belong to.
    pub(super) fn refuse_eager(&self, call: &str, cure: &str) -> Result<()> {
        if !self.select.loads_along() {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "{call} on {} gives no objects of the session, so that nothing can be loaded along with them: \
             leave out eager(), or call {cure}",
            T::META.name
        )))
    }

    /// Returns the session and the selection, with the scopes that are not lifted and what `distinct_on`
    /// leaves.
    pub(super) fn into_parts(self) -> (&'q mut Session, SelectState<'q>) {
        let select = self.select.in_scopes_of::<T>(self.session.dialect());
        (self.session, select)
    }

    /// Returns the selection without scopes.
    pub(super) fn selection(&self) -> &SelectState<'q> {
        &self.select
    }

    pub(super) fn selection_mut(&mut self) -> &mut SelectState<'q> {
        &mut self.select
    }

    /// The SELECT as a statement, what waits being flushed and the transaction begun.
    pub(super) fn into_select(
        self,
    ) -> Result<(&'q mut Session, Select<'q>, crate::map::RowPolicy)> {
        let (session, select) = self.into_parts();
        session.prepare_read(&select)?;
        let undeferred = select.undeferred();
        let horizon = if select.populates() { READ_ALL } else { session.map().horizon() };
        let mut how = session.map_mut().row_policy(T::META, horizon, undeferred);
        if select.locks() {
            // Who locks a row wants to go on from what it is now.
            how = how.reading_all();
        }
        let select = select.objects::<T>(session.dialect());
        Ok((session, select, how))
    }
}

impl Session {
    /// Flushes what waits and begins the transaction for a query.
    pub(super) fn prepare_read(&mut self, select: &SelectState<'_>) -> Result<()> {
        self.autoflush()?;
        if select.locks() {
            select.check_lock()?;
            self.begin_write()?;
            // A rollback would let go of the lock: it is no longer a matter of indifference.
            self.at_server(|server| server.state_mut().write());
            return Ok(());
        }
        self.begin_read()
    }

    /// Reads the one integer that a statement answers.
    fn read_one(&mut self, select: &Select<'_>) -> Result<i64> {
        self.prepare_read(select.state())?;
        self.find_objects(select)?;
        let mut number = 0;
        let loaded = self.sender().load(select, &mut |row| {
            number = row.get::<diesel::sql_types::BigInt, i64>()?;
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(number)
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
