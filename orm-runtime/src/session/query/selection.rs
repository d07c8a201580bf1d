//! Columns and aggregates instead of objects.

use std::fmt;
use std::marker::PhantomData;

use diesel::expression::{Expression, ValidGrouping};
use diesel::sql_types::IntoNullable;

use crate::backend::{Cause, Dialect, FromRow, QueryName, Row, SqlFragment, Unread};
use crate::error::{Error, Result};
use crate::map::unread;
use crate::mapping::Entity;
use crate::select::{ExpressionOf, Grouping, Select};
use crate::session::Query;
use crate::session::query::statement_text::TextForm;

/// A selection of a query over `T` that is grouped by `G`: `()` if it is not grouped, else a
/// [`Grouping`]. It is an expression, or a tuple of expressions, that Diesel finds valid for that
/// grouping.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from this query",
    note = "columns and aggregates can be mixed only with `.group_by(…)` of those columns"
)]
pub trait Selectable<T: Entity, G>: Expression + SqlFragment {}

impl<T, G, S> Selectable<T, G> for S
where
    T: Entity,
    S: ExpressionOf<T> + Expression + ValidGrouping<G>,
{
}

/// A query for columns or aggregates.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, age: Option<i32> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// use diesel::dsl::{count_star, max};
///
/// let names: Vec<String> = session.query::<User>().select(user::name).load()?;
/// let oldest: Option<i32> = session.query::<User>().select(max(user::age)).one()?;
/// let by_name: Vec<(String, i64)> = session
///     .query::<User>()
///     .group_by(user::name)
///     .having(count_star().gt(1))
///     .select((user::name, count_star()))
///     .load()?;
/// # assert!(names.is_empty() && by_name.is_empty() && oldest.is_none());
/// # Ok(()) }
/// ```
#[must_use = "a query is sent by its final call, such as load() or one()"]
pub struct Selection<'q, T: Entity, S, G = ()> {
    query: Query<'q, T>,
    columns: S,
    group: PhantomData<fn() -> G>,
}

/// A query with a GROUP BY clause, before its columns are selected.
#[must_use = "say what to select with select(…)"]
pub struct Grouped<'q, T: Entity, G> {
    query: Query<'q, T>,
    group: PhantomData<fn() -> G>,
}

impl<'q, T: Entity> Query<'q, T> {
    /// Selects columns or aggregates instead of objects; see [`Selection`].
    pub fn select<S: Selectable<T, ()>>(self, columns: S) -> Selection<'q, T, S> {
        Selection::new(self, columns)
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Groups the rows: the query returns one row for each distinct value of an expression, or of a
    /// tuple of expressions.
    pub fn group_by<G>(mut self, group: G) -> Grouped<'q, T, G>
    where
        G: ExpressionOf<T> + 'q,
    {
        self.selection_mut().group_by(Box::new(group));
        Grouped { query: self, group: PhantomData }
    }
}

impl<'q, T: Entity, G> Grouped<'q, T, G> {
    /// Restricts the query to groups for which a condition on their aggregates holds.
    pub fn having<P>(mut self, condition: P) -> Self
    where
        P: ExpressionOf<T> + Expression + 'q,
        P::SqlType: diesel::sql_types::BoolOrNullableBool,
    {
        self.query.selection_mut().having(Box::new(condition));
        self
    }

    /// Orders the groups, by the expressions that they are grouped by or by aggregates.
    pub fn order_by<O>(mut self, order: O) -> Self
    where
        O: ExpressionOf<T> + 'q,
    {
        self.query = self.query.order_by(order);
        self
    }

    /// Limits the number of groups.
    pub fn limit(mut self, rows: i64) -> Self {
        self.query = self.query.limit(rows);
        self
    }

    /// Skips the first groups.
    pub fn offset(mut self, rows: i64) -> Self {
        self.query = self.query.offset(rows);
        self
    }

    /// Selects the expressions that the query is grouped by, and aggregates.
    pub fn select<S: Selectable<T, Grouping<G>>>(
        self,
        columns: S,
    ) -> Selection<'q, T, S, Grouping<G>> {
        Selection { query: self.query, columns, group: PhantomData }
    }
}

impl<'q, T: Entity, S> Selection<'q, T, S> {
    pub(in crate::session) fn new(query: Query<'q, T>, columns: S) -> Self {
        Selection { query, columns, group: PhantomData }
    }
}

impl<'q, T, S, G> Selection<'q, T, S, G>
where
    T: Entity,
    S: Expression + SqlFragment + 'q,
{
    /// Sets the name of the query; see [`Query::named`].
    pub fn named(mut self, name: &str) -> Self {
        self.query = self.query.named(name);
        self
    }

    /// Returns the statement that [`load`](Self::load) sends, as text with placeholders, as the
    /// only element of the list; see [`Query::to_sql`]. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`Query::to_sql`].
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.texts(dialect, TextForm::Placeholders)
    }

    /// Returns the statement of [`to_sql`](Self::to_sql) with its values in place, for reading
    /// only. The warnings of [`Query::to_debug_sql`] apply. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`Query::to_debug_sql`].
    pub fn to_debug_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.texts(dialect, TextForm::Values)
    }

    /// Returns the query, and what it selects.
    pub(super) fn into_parts(self) -> (Query<'q, T>, S) {
        (self.query, self.columns)
    }

    fn texts(&self, dialect: Dialect, form: TextForm) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        let (map, state) = self.query.borrowed(dialect);
        if state.locks() {
            state.check_lock()?;
        }
        let select = Selected::new(&self.columns, "", state.from::<T>(dialect));
        let text = form.text(map, dialect, &select)?;
        select.check_groups(dialect)?;
        Ok(vec![text])
    }

    /// Returns the selected rows. Sends one SELECT.
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`] for a value that does not fit, and the errors
    /// of [`Session::flush`](crate::Session::flush).
    #[track_caller]
    pub fn load<U: FromRow<S::SqlType>>(self) -> Result<Vec<U>> {
        self.read(U::from_row)
    }

    #[track_caller]
    fn read<U>(self, read: impl Fn(&Row<'_, '_>) -> Result<U, Unread>) -> Result<Vec<U>> {
        let _call = self.query.session().call(Cause::Query, T::META.name);
        let (session, select) = self.query.into_parts();
        session.prepare_read(&select)?;
        let dialect = session.dialect();
        let select = Selected::new(&self.columns, "", select.from::<T>(dialect));
        session.find_objects(&select)?;
        select.check_groups(dialect)?;
        let mut rows = Vec::new();
        let loaded = session.sender().load(&select, &mut |row| {
            rows.push(
                row.decode(|row| read(row)).map_err(|error| unread(T::META.name, row, error))?,
            );
            Ok(())
        });
        loaded.map_err(|fault| session.fault(fault))?;
        Ok(rows)
    }

    /// Returns the first row, or `None`. Sends one SELECT. A value that may be NULL is an `Option`
    /// in the row; to read a single value without a second `Option` around it, use
    /// [`scalar`](Self::scalar).
    ///
    /// # Errors
    /// The same errors as [`load`](Self::load).
    #[track_caller]
    pub fn first<U: FromRow<S::SqlType>>(mut self) -> Result<Option<U>> {
        self.query.selection_mut().limit_to_first();
        Ok(self.load()?.into_iter().next())
    }

    /// Returns the single value of the first row, such as that of an aggregate. Returns `None` if
    /// the value is NULL or there is no row. Sends one SELECT.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, age: Option<i32> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// session.add(User::builder().name("ada").age(36).build());
    /// let oldest = session.query::<User>().select(diesel::dsl::max(user::age)).scalar::<i32>()?;
    /// assert_eq!(oldest, Some(36));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The same errors as [`load`](Self::load).
    #[track_caller]
    pub fn scalar<U>(mut self) -> Result<Option<U>>
    where
        S::SqlType: IntoNullable,
        Option<U>: FromRow<<S::SqlType as IntoNullable>::Nullable>,
    {
        self.query.selection_mut().limit_to_first();
        Ok(self.read(<Option<U>>::from_row)?.into_iter().next().flatten())
    }

    /// Returns the only row, such as that of an aggregate. Sends one SELECT.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row, [`Error::MultipleFound`] if there are several rows,
    /// and the errors of [`load`](Self::load).
    #[track_caller]
    pub fn one<U: FromRow<S::SqlType>>(self) -> Result<U> {
        let mut rows = self.load()?.into_iter();
        let first = rows.next().ok_or(Error::NotFound { entity: T::META.name, key: None })?;
        match rows.next() {
            None => Ok(first),
            Some(_) => Err(Error::MultipleFound { entity: T::META.name }),
        }
    }
}

/// `SELECT columns FROM …`
pub(super) struct Selected<'q, S> {
    columns: &'q S,
    /// More columns, as text.
    more: &'static str,
    select: Select<'q>,
}

impl<'q, S: SqlFragment> Selected<'q, S> {
    pub(super) fn new(columns: &'q S, more: &'static str, select: Select<'q>) -> Self {
        Selected { columns, more, select }
    }

    /// Returns an error for a grouping that the database would misread.
    pub(super) fn check_groups(&self, dialect: Dialect) -> Result<()> {
        self.select.state().check_groups(dialect, self.columns)
    }
}

impl<S: SqlFragment> SqlFragment for Selected<'_, S> {
    fn walk<'b>(&'b self, pass: &mut crate::backend::SqlWriter<'_, 'b>) -> diesel::QueryResult<()> {
        pass.push_sql("SELECT ");
        pass.push_sql(self.select.state().distinct_word());
        pass.part(self.columns)?;
        pass.push_sql(self.more);
        self.select.walk(pass)
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.state().name()
    }
}

impl<T: Entity, S, G> fmt::Debug for Selection<'_, T, S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selection").field(&self.query).finish()
    }
}

impl<T: Entity, G> fmt::Debug for Grouped<'_, T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grouped").field(&self.query).finish()
    }
}
