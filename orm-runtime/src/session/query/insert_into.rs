//! INSERT of the rows that a query selects, inside the database.

use diesel::expression::Expression;
use diesel::sql_types::{Nullable, SqlType, is_nullable};
use diesel::{AppearsOnTable, Column, QueryResult};

use super::selection::{Selected, Selection};
use crate::backend::{Cause, QueryName, SqlFragment, SqlWriter};
use crate::error::{Error, Result};
use crate::map::Written;
use crate::mapping::{Concrete, Entity, EntityMeta, Writable};
use crate::sql::Text;

impl<'q, T, S, G> Selection<'q, T, S, G>
where
    T: Entity,
    S: Expression + SqlFragment + 'q,
{
    /// Inserts the selected rows into the table of an entity, without reading them: the selected
    /// expressions go to these columns, in order. Returns the number of rows. The types are checked
    /// when the program is compiled.
    ///
    /// Sends one INSERT … SELECT. Flushes pending changes first. Nothing enters the session, and no
    /// hook runs. A version begins at 1. Every other column that may not be NULL needs a value,
    /// unless the database generates it.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Draft { id: Auto<i64>, title: String, ready: bool }
    /// # #[derive(Entity)] struct Book { id: Auto<i64>, title: String, pages: Option<i32> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Draft, Book].create_all(&mut session)?;
    /// # let draft = |ready| Draft::builder().title("x").ready(ready).build();
    /// # session.bulk_insert([true, false].map(draft))?;
    /// let ready = session.query::<Draft>().filter(draft::ready);
    /// let published = ready.select(draft::title).insert_into::<Book, _>(book::title)?;
    /// assert_eq!(published, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] for a column without a value, and for an entity of a hierarchy;
    /// [`Error::Constraint`] for a row that violates a constraint, after which nothing is inserted;
    /// the errors of [`load`](Self::load).
    #[track_caller]
    pub fn insert_into<E, M>(self, columns: impl IntoColumns<E, S::SqlType, M>) -> Result<usize>
    where
        E: Concrete + Writable,
    {
        let (query, selected) = self.into_parts();
        let _call = query.session().call(Cause::Bulk, E::META.name);
        let begins = check_columns(E::META, &columns.names())?;
        let (session, select) = query.into_parts();
        session.flush_first()?;
        session.begin_write()?;
        let dialect = session.dialect();
        if select.locks() {
            select.check_lock()?;
        }
        let mut head = Text::new(dialect, "INSERT INTO ");
        head.table(E::META).push(" (").list(columns.names(), |text, name| {
            text.name(name);
        });
        if let Some(version) = begins {
            head.push(", ").column(E::META, version);
        }
        let statement = InsertFrom {
            head: head.push(") ").as_str().to_owned(),
            select: Selected::new(
                &selected,
                begins.map_or("", |_| ", 1"),
                select.from::<T>(dialect),
            ),
        };
        session.find_objects(&statement)?;
        statement.select.check_groups(dialect)?;
        let sent = session.sender().execute(&statement);
        let rows =
            sent.map_err(|error| session.write_fault::<E>(crate::backend::Fault::Sql(error)))?;
        session.note_written(Written::PastMap);
        session.map_mut().doubt(E::META);
        if dialect.capabilities().makes_keys_again {
            let handles = session.map().handles::<E>();
            session.map_mut().expire_handles(&handles);
        }
        Ok(rows)
    }
}

/// Checks that each column has a value. Returns the version, if it begins here.
fn check_columns(meta: &EntityMeta, names: &[&str]) -> Result<Option<usize>> {
    if meta.hierarchy.is_some() {
        return Err(Error::Configuration(format!(
            "insert_into() cannot insert rows of {}, which is part of a hierarchy: read the rows, and insert \
             objects with bulk_insert()",
            meta.name
        )));
    }
    let is_given = |column: usize| names.contains(&meta.columns[column].name);
    let version = meta.version.filter(|&version| !is_given(version));
    let lacks = |&column: &usize| {
        let facts = &meta.columns[column];
        let is_made = facts.generated.is_some() || meta.auto_column() == Some(column);
        !(facts.nullable || is_made || is_given(column) || version == Some(column))
    };
    let lacking = (0..meta.columns.len()).filter(lacks).map(|column| meta.columns[column].field);
    let lacking: Vec<_> = lacking.collect();
    if lacking.is_empty() {
        return Ok(version);
    }
    Err(Error::Configuration(format!(
        "insert_into() gives no value for {} of {}, which may not be NULL and which the database does not \
         generate: select it as well",
        lacking.join(", "),
        meta.name
    )))
}

/// `INSERT INTO … SELECT …`
struct InsertFrom<'q, S> {
    head: String,
    select: Selected<'q, S>,
}

impl<S: SqlFragment> SqlFragment for InsertFrom<'_, S> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.push_sql(&self.head);
        self.select.walk(pass)
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.name()
    }
}

/// A column or a tuple of columns of `E` that can hold what is selected, of the SQL type `ST`.
#[diagnostic::on_unimplemented(
    message = "these columns of `{E}` cannot hold what the query selects",
    note = "select as many expressions as there are columns, each of the type of its column, as in `.select((draft::title, draft::year)).insert_into::<Book, _>((book::title, book::year))`"
)]
pub trait IntoColumns<E: Entity, ST, M> {
    /// Returns the names of the columns.
    fn names(&self) -> Vec<&'static str>;
}

/// An SQL type whose values fit a column of the type `ST`.
#[doc(hidden)]
pub trait StoredAs<ST> {}

impl<ST> StoredAs<ST> for ST {}
impl<ST: SqlType<IsNull = is_nullable::NotNull>> StoredAs<Nullable<ST>> for ST {}

/// A single column.
#[doc(hidden)]
#[derive(Debug)]
pub struct OneColumn;

/// A tuple of columns.
#[doc(hidden)]
#[derive(Debug)]
pub struct SeveralColumns;

impl<E, C, ST> IntoColumns<E, ST, OneColumn> for C
where
    E: Entity,
    C: Column + AppearsOnTable<E::From>,
    ST: StoredAs<C::SqlType>,
{
    fn names(&self) -> Vec<&'static str> {
        vec![C::NAME]
    }
}

macro_rules! tuples {
    ($(($($column:ident $ty:ident),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E, $($column, $ty),*> IntoColumns<E, ($($ty,)*), SeveralColumns> for ($($column,)*)
        where
            E: Entity,
            $($column: Column + AppearsOnTable<E::From>, $ty: StoredAs<$column::SqlType>),*
        {
            fn names(&self) -> Vec<&'static str> {
                vec![$($column::NAME),*]
            }
        }
    )*};
}

tuples! {
    (A X1) (A X1, B X2) (A X1, B X2, C X3) (A X1, B X2, C X3, D X4)
    (A X1, B X2, C X3, D X4, F X5) (A X1, B X2, C X3, D X4, F X5, G X6)
    (A X1, B X2, C X3, D X4, F X5, G X6, H X7)
    (A X1, B X2, C X3, D X4, F X5, G X6, H X7, I X8)
    (A X1, B X2, C X3, D X4, F X5, G X6, H X7, I X8, J X9)
    (A X1, B X2, C X3, D X4, F X5, G X6, H X7, I X8, J X9, K X10)
}
