//! Entities from any Diesel query, and from SQL text.

use std::fmt;
use std::marker::PhantomData;

use diesel::QueryResult;

use crate::backend::{
    Bind, ByUser, Cause, Dialect, FromRow, QueryName, Row, SqlFragment, SqlWriter, fragment_text,
    may_have_secrets, may_write, placeholders,
};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{Written, decode_error, unread};
use crate::mapping::{ColumnSet, Entity};
use crate::session::Session;
use crate::session::query::statement_text::TextForm;

impl Session {
    /// Returns the entities of any Diesel query: for example one with joins, a common table
    /// expression or a set operation. Columns are found by name, in any order. The query must
    /// select all columns that are not deferred. If the entity is a subtype, the query must return
    /// rows of that subtype only. Sends one statement.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// use diesel::QueryDsl;
    ///
    /// let named = user::table.filter(user::name.ne("")).select(user::all_columns);
    /// let users = session.load_query::<User>(named)?;
    /// # assert!(users.is_empty());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`] for a column that is missing or does not fit,
    /// and the errors of [`flush`](Self::flush).
    #[track_caller]
    pub fn load_query<T: Entity>(&mut self, query: impl SqlFragment) -> Result<Vec<Handle<T>>> {
        self.load_named::<T>(&ByUser(&query))
    }

    /// Returns the rows of any Diesel query, as tuples or single values: for example one with joins
    /// of several entities, a common table expression or a set operation. Sends one statement.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # #[derive(Entity)] struct Note { id: Auto<i64>, owner: i64, title: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Note].create_all(&mut session)?;
    /// let titles = user::table
    ///     .inner_join(note::table.on(note::owner.eq(user::id)))
    ///     .select((user::name, note::title));
    /// let titles: Vec<(String, String)> = session.load_rows(titles)?;
    /// # assert!(titles.is_empty());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`] for a value that does not fit, and the errors
    /// of [`flush`](Self::flush).
    #[track_caller]
    pub fn load_rows<U, Q>(&mut self, query: Q) -> Result<Vec<U>>
    where
        Q: diesel::query_builder::Query + SqlFragment,
        U: FromRow<Q::SqlType>,
    {
        let _call = self.call(Cause::Query, None);
        let query = ByUser(&query);
        let writes = self.prepare_named(&query)?;
        let mut rows = Vec::new();
        let loaded = self.sender().load(&query, &mut |row| {
            rows.push(
                row.decode(|row| U::from_row(row))
                    .map_err(|error| unread("a query", row, error))?,
            );
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        if writes {
            self.note_written(Written::PastMap);
        }
        Ok(rows)
    }

    /// Creates a query for entities from SQL text, in the dialect of the session's database, with
    /// its placeholders for values: `?`, on PostgreSQL `$1`. Sends no SQL; the final call of the
    /// query does.
    ///
    /// The text is a literal of the program. Text that is composed at run time must be marked as
    /// audited ([`SqlText::audited`]), because it must never contain a value from outside the
    /// program.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// use diesel::sql_types::Text;
    ///
    /// let users = session
    ///     .from_sql::<User>("SELECT name, id FROM user WHERE name = ?")
    ///     .bind::<Text, _>("ada")
    ///     .all()?;
    /// # assert!(users.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn from_sql<T: Entity>(&mut self, sql: impl Into<SqlText>) -> TextQuery<'_, T> {
        TextQuery {
            session: self,
            text: Text { name: None, sql: sql.into(), values: Vec::new() },
            entity: PhantomData,
        }
    }

    /// Flushes pending changes and begins the transaction for a query that the session did not
    /// build. Returns `true` if the query may write.
    fn prepare_named(&mut self, statement: &dyn SqlFragment) -> Result<bool> {
        self.autoflush()?;
        self.find_objects(statement)?;
        let writes = may_write(&fragment_text(self.dialect(), statement)?);
        if writes {
            self.begin_write()?;
        } else {
            self.begin_read()?;
        }
        Ok(writes)
    }

    /// Brings rows into the identity map. Their columns are found by name.
    #[track_caller]
    fn load_named<T: Entity>(&mut self, statement: &dyn SqlFragment) -> Result<Vec<Handle<T>>> {
        let _call = self.call(Cause::Query, T::META.name);
        let writes = self.prepare_named(statement)?;
        let mut layout: Option<Layout> = None;
        let mut slots = Vec::new();
        let horizon = self.map().horizon();
        let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
        let (map, sender) = self.map_and_sender();
        let arena = map.arena_mut::<T>();
        let loaded = sender.load(statement, &mut |row| {
            if layout.is_none() {
                layout = Some(Layout::of::<T>(row)?);
            }
            let Some(layout) = &layout else { return Ok(()) };
            let how = how.with_undeferred(layout.undeferred);
            let mut ordered = row.in_order(&layout.order);
            slots.extend(arena.load_row(&mut ordered, &how)?);
            row.take_decoding_of(&ordered);
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        if writes {
            self.note_written(Written::PastMap);
        }
        self.pair_arrivals(T::META)?;
        self.map_mut().fix_up_loaded(T::META, None);
        Ok(slots.into_iter().map(|slot| self.map().handle(slot)).collect())
    }
}

/// The positions of an entity's columns in a row that has its own order of columns.
struct Layout {
    order: Vec<usize>,
    /// The deferred columns that are in the row.
    undeferred: ColumnSet,
}

impl Layout {
    fn of<T: Entity>(row: &Row<'_, '_>) -> Result<Self> {
        let names: Vec<Option<String>> = (0..row.len()).map(|column| row.name(column)).collect();
        let find = |name: &str| names.iter().position(|other| other.as_deref() == Some(name));
        let mut order = Vec::new();
        for column in T::META.visible().map(|column| &T::META.columns[column]) {
            order.push(find(column.name).ok_or_else(|| {
                let missing = format!("the statement selects no column {}", column.name);
                let error = diesel::result::Error::DeserializationError(missing.into());
                match decode_error::<T>(None, row, 0, error) {
                    Error::Decode { entity, key, row, source, .. } => {
                        Error::Decode { entity, key, row, column: column.name.to_owned(), source }
                    }
                    other => other,
                }
            })?);
        }
        let mut undeferred = ColumnSet::EMPTY;
        for position in T::META.deferred().iter() {
            if let Some(at) = find(T::META.columns[position].name) {
                undeferred = undeferred.with(position, true);
                order.push(at);
            }
        }
        Ok(Layout { order, undeferred })
    }
}

/// SQL text that contains no value from outside the program: a literal, or text marked as audited.
#[derive(Debug, Clone)]
pub struct SqlText(std::borrow::Cow<'static, str>);

impl SqlText {
    /// Marks text that was composed at run time as free of values from outside the program. Pass
    /// values to [`TextQuery::bind`] instead.
    pub fn audited(sql: impl Into<String>) -> Self {
        SqlText(sql.into().into())
    }
}

impl From<&'static str> for SqlText {
    fn from(sql: &'static str) -> Self {
        SqlText(sql.into())
    }
}

/// A query in SQL text; see [`Session::from_sql`].
#[must_use = "a query is sent by its final call, all() or one()"]
pub struct TextQuery<'q, T> {
    session: &'q mut Session,
    text: Text<'q>,
    entity: PhantomData<fn() -> T>,
}

impl<'q, T: Entity> TextQuery<'q, T> {
    /// Binds the value of the next placeholder, as a value of a SQL type.
    pub fn bind<ST: 'q, U: Bind<ST> + Send + Sync + 'q>(mut self, value: U) -> Self {
        self.text.values.push(Box::new(Typed::<ST, U>(value, PhantomData)));
        self
    }

    /// Sets the name of the query; see [`Query::named`](crate::Query::named).
    pub fn named(mut self, name: &str) -> Self {
        self.text.name = Some(QueryName::new(name));
        self
    }

    /// Returns the statement as text with placeholders and with the name of the query, as the only
    /// element of the list. The text is not translated to the dialect. Sends no SQL.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the feature for the database is not enabled, or if there are
    /// more or fewer values than placeholders in this dialect.
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.texts(dialect, TextForm::Placeholders)
    }

    /// Returns the statement of [`to_sql`](Self::to_sql) with its values in place, for reading
    /// only. The warnings of [`Query::to_debug_sql`](crate::Query::to_debug_sql) apply. The values
    /// are shown only if the text names no table with a secret column, and nothing that the session
    /// does not know. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`to_sql`](Self::to_sql).
    pub fn to_debug_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.texts(dialect, TextForm::Values)
    }

    fn texts(&self, dialect: Dialect, form: TextForm) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        self.text.check(dialect)?;
        T::entity_index();
        Ok(vec![form.text(self.session.map(), dialect, &self.text)?])
    }

    /// Returns the objects. Sends one statement.
    ///
    /// # Errors
    /// [`Error::Configuration`] if there are more or fewer values than placeholders; any error of
    /// the database; [`Error::Decode`] for a column that is missing or does not fit; the errors of
    /// [`Session::flush`].
    #[track_caller]
    pub fn all(self) -> Result<Vec<Handle<T>>> {
        self.text.check(self.session.dialect())?;
        self.session.load_named::<T>(&self.text)
    }

    /// Returns the first object, or `None`. Sends one statement.
    ///
    /// # Errors
    /// The same errors as [`all`](Self::all).
    #[track_caller]
    pub fn first(self) -> Result<Option<Handle<T>>> {
        Ok(self.all()?.first().copied())
    }

    /// Returns the only object, or `None`. Sends one statement.
    ///
    /// # Errors
    /// [`Error::MultipleFound`] if there are several objects, and the errors of [`all`](Self::all).
    #[track_caller]
    pub fn one_or_none(self) -> Result<Option<Handle<T>>> {
        match self.all()?[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            _ => Err(Error::MultipleFound { entity: T::META.name }),
        }
    }

    /// Returns the only object. Sends one statement.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no row, [`Error::MultipleFound`] if there are several
    /// objects, and the errors of [`all`](Self::all).
    #[track_caller]
    pub fn one(self) -> Result<Handle<T>> {
        self.one_or_none()?.ok_or(Error::NotFound { entity: T::META.name, key: None })
    }
}

impl<T> fmt::Debug for TextQuery<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextQuery").field(&self.text.sql).finish()
    }
}

struct Text<'q> {
    name: Option<QueryName>,
    sql: SqlText,
    values: Vec<Box<dyn BoundValue + 'q>>,
}

impl Text<'_> {
    /// Checks the number of values. The client libraries do not: one would use the value of an
    /// earlier call, another would read invalid memory.
    fn check(&self, dialect: Dialect) -> Result<()> {
        let wanted = placeholders(dialect, &self.sql.0).map_err(Error::Configuration)?;
        if wanted == self.values.len() {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "the SQL text has placeholders for {wanted} values, but {} were bound",
            self.values.len()
        )))
    }
}

impl SqlFragment for Text<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if pass.collects() {
            if pass.hides() && may_have_secrets(pass.dialect(), &self.sql.0) {
                return self.values.iter().try_for_each(|_| pass.hide());
            }
            return self.values.iter().try_for_each(|value| value.bind(pass));
        }
        pass.push_sql(&self.sql.0);
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.name.as_ref()
    }
}

/// A value with its SQL type, as a trait object.
trait BoundValue: Send + Sync {
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
}

struct Typed<ST, U>(U, PhantomData<fn() -> ST>);

impl<ST, U: Bind<ST> + Send + Sync> BoundValue for Typed<ST, U> {
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.0.bind(pass)
    }
}
