//! Rows that are inserted, or written over those that are there.

mod sending;

use std::marker::PhantomData;

use diesel::{AppearsOnTable, Column};

use crate::error::{Error, Result};
use crate::mapping::{Concrete, Entity, EntityMeta, UniqueSet, Writable};
use crate::session::Session;
use crate::sql::OnConflict;
use sending::Upserting;

impl Session {
    /// Inserts rows, and writes over those that are there already: rows with the same primary key,
    /// or the same values of another [unique set](Upsert::on). The final call is
    /// [`run`](Upsert::run).
    ///
    /// Of a row that is there, every column that the new row gives is written, but for the key, the
    /// columns of the unique set, and those with `created_at`. What a row does not give stays: a
    /// [`Generated`](crate::Generated) column and a [`Deferred`](crate::Deferred) one that were not
    /// set. An `Option` is always given, as NULL where it is `None`: so a row that was marked as
    /// deleted (`soft_delete`) is brought back by one that is not. `updated_at` becomes the
    /// present, in new rows as well. A `version` grows by one, whatever the new row has there, and
    /// so whoever has read the row before finds out.
    ///
    /// As [`bulk_insert`](Self::bulk_insert) otherwise: in statements of up to 500 rows (PostgreSQL
    /// 10,000), without bringing rows into the session. Objects of the entity that are in memory
    /// become stale. Where more than one statement is needed, or it is the database that knows
    /// which values are equal, they are sent in a savepoint; on MySQL the latter costs a SELECT for
    /// each 100 rows as well.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// #[entity(unique(shop, code))]
    /// struct Price {
    ///     id: Auto<i64>,
    ///     shop: i64,
    ///     #[entity(length = 20)]
    ///     code: String,
    ///     cents: i64,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Price].create_all(&mut session)?;
    /// let price = |code: &str, cents| Price::builder().shop(1).code(code).cents(cents).build();
    /// session.bulk_insert([price("tea", 250)])?;
    ///
    /// let rows = [price("tea", 275), price("milk", 90)];
    /// session.bulk_upsert(rows).on((price::shop, price::code)).run()?;
    /// assert_eq!(session.query::<Price>().filter(price::cents.eq(275)).count()?, 1);
    ///
    /// let rows = [price("tea", 1), price("salt", 60)];
    /// session.bulk_upsert(rows).on((price::shop, price::code)).do_nothing().run()?;
    /// assert_eq!(session.query::<Price>().filter(price::cents.eq(1)).count()?, 0);
    /// # Ok(()) }
    /// ```
    pub fn bulk_upsert<T: Concrete + Writable, I: IntoIterator<Item = T>>(
        &mut self,
        rows: I,
    ) -> Upsert<'_, T, I::IntoIter> {
        let names = T::META.key_columns().map(|column| column.name).collect();
        Upsert {
            session: self,
            rows: rows.into_iter(),
            names,
            nothing: false,
            rows_of: PhantomData,
        }
    }
}

/// Rows to be inserted, or written over those that are there: see [`Session::bulk_upsert`].
#[must_use = "an upsert is sent by its final call, run()"]
pub struct Upsert<'s, T: Concrete, I> {
    session: &'s mut Session,
    rows: I,
    /// The columns of the unique set.
    names: Vec<&'static str>,
    nothing: bool,
    rows_of: PhantomData<fn() -> T>,
}

impl<T: Concrete, I> std::fmt::Debug for Upsert<'_, T, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upsert").field("entity", &T::META.name).field("on", &self.names).finish()
    }
}

impl<T: Concrete, I: Iterator<Item = T>> Upsert<'_, T, I> {
    /// Finds rows that are there by a unique set of columns other than the primary key: a column
    /// with `unique`, or all columns of a unique index in any order, as in `.on((price::shop,
    /// price::code))`. An index with a condition is one among the rows for which that holds. Which
    /// values are equal is for the database to say, as its collation does.
    ///
    /// A row that is in the way by another unique set is an error, on every database.
    pub fn on<M>(mut self, columns: impl UniqueColumns<T, M>) -> Self {
        self.names = columns.names();
        self
    }

    /// Leaves rows that are there as they are, and inserts the others. A row that comes twice in
    /// the call is there the second time.
    pub fn do_nothing(mut self) -> Self {
        self.nothing = true;
        self
    }

    /// Sends the rows; returns how many there were. What waits is flushed first. The
    /// [hooks](crate::Hooks) `before_insert` and `validate` run for each row, where there are any.
    ///
    /// # Errors
    /// [`Error::Configuration`] for columns that are no unique set, and for subtypes with tables of
    /// their own; [`Error::DuplicateRows`] for two rows of the call that are one to the database,
    /// unless [nothing is done](Self::do_nothing) with the second; [`Error::Constraint`] for a row
    /// that is in the way by another unique set; [`Error::InvalidState`] for a row that is there as
    /// another subtype; those of [`bulk_insert`](Session::bulk_insert). The rows of a call are written
    /// together or not at all.
    pub fn run(self) -> Result<usize> {
        let on_conflict = unique_set(T::META, &self.names, self.nothing)?;
        let Upsert { session, rows, .. } = self;
        session.flush_first()?;
        session.begin_write()?;
        let mut rows = rows.fuse().peekable();
        let Some(first) = session.next_chunk::<T>(&mut rows, 0, !on_conflict.nothing)? else {
            return Ok(0);
        };
        let more = rows.peek().is_some();
        let mut upserting = Upserting::new(session.dialect(), on_conflict, &first, more);
        let rows = match upserting.in_savepoint(more) {
            true => session.savepoint(|session| upserting.send_all(session, first, &mut rows))?,
            false => upserting.send_all(session, first, &mut rows)?,
        };
        let handles = session.map().handles::<T>();
        session.map_mut().expire_handles(&handles);
        Ok(rows)
    }
}

/// A column or a tuple of them: what [`Upsert::on`] takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unique set of columns of `{T}`",
    note = "write a unique column, as in `.on(user::name)`, or a tuple of the columns of a unique index, as in `.on((price::shop, price::code))`"
)]
pub trait UniqueColumns<T: Entity, M> {
    /// Returns the names of the columns.
    fn names(self) -> Vec<&'static str>;
}

/// One column.
#[doc(hidden)]
#[derive(Debug)]
pub struct One;

/// A tuple of columns.
#[doc(hidden)]
#[derive(Debug)]
pub struct Several;

impl<T: Entity, C: Column + AppearsOnTable<T::From>> UniqueColumns<T, One> for C {
    fn names(self) -> Vec<&'static str> {
        vec![C::NAME]
    }
}

macro_rules! tuples {
    ($(($($column:ident),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Entity, $($column: Column + AppearsOnTable<T::From>),*> UniqueColumns<T, Several>
            for ($($column,)*)
        {
            fn names(self) -> Vec<&'static str> {
                vec![$($column::NAME),*]
            }
        }
    )*};
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

/// Finds the unique set of these columns.
fn unique_set(meta: &EntityMeta, names: &[&'static str], nothing: bool) -> Result<OnConflict> {
    let tables = meta.all_tables();
    if tables.len() > 1 {
        return Err(Error::Configuration(format!(
            "the rows of {} are in {} tables, and cannot be upserted by one statement: merge() the \
             objects",
            meta.name,
            tables.len()
        )));
    }
    if tables[0].table.eq_ignore_ascii_case("excluded") {
        return Err(Error::Configuration(
            "rows cannot be upserted into a table named excluded: in the statement that is the \
             name of the new row"
                .to_owned(),
        ));
    }
    let sets = meta.unique_sets();
    let is_meant = |set: &&UniqueSet| {
        let mut columns = set.columns.iter().map(|&column| meta.columns[column].name);
        set.columns.len() == names.len() && columns.all(|column| names.contains(&column))
    };
    let meant: Vec<_> = sets.iter().filter(is_meant).collect();
    // One without a condition holds for all rows.
    let whole = meant.iter().copied().find(|set| set.condition.is_none());
    let text = |sets: &[&UniqueSet]| {
        let sets: Vec<_> = sets.iter().map(|set| meta.unique_set_text(set)).collect();
        sets.join(", ")
    };
    let (entity, wanted) = (meta.name, names.join(", "));
    let only = || meant.first().copied().filter(|_| meant.len() == 1);
    if let Some(set) = whole.or_else(only) {
        let target = set.columns.clone();
        let kind = meta.hierarchy.map(|hierarchy| hierarchy.discriminator);
        return Ok(OnConflict { target, condition: set.condition, nothing, kind });
    }
    Err(Error::Configuration(match meant.is_empty() {
        true => format!(
            "rows of {entity} cannot be upserted by ({wanted}), which may be the same in several rows; \
             its unique sets are {}",
            text(&sets.iter().collect::<Vec<_>>())
        ),
        false => format!(
            "rows of {entity} cannot be upserted by ({wanted}), which more than one unique index has: {}",
            text(&meant)
        ),
    }))
}
