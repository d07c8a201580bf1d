//! Rows that are inserted, or that overwrite existing rows.

mod sending;

use std::marker::PhantomData;

use diesel::{AppearsOnTable, Column};

use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::mapping::{Concrete, Entity, EntityMeta, UniqueSet, Writable};
use crate::session::Session;
use crate::sql::OnConflict;
use sending::Upserting;

impl Session {
    /// Creates an upsert: inserts rows, and overwrites existing rows that have the same primary key
    /// or the same values of another [unique set](Upsert::on). Its final call is
    /// [`run`](Upsert::run).
    ///
    /// In an existing row, every column that the new row sets is written, except the key, the
    /// columns of the unique set, and columns with `created_at`. Columns that the new row does not
    /// set keep their values: a [`Generated`](crate::Generated) column or a
    /// [`Deferred`](crate::Deferred) column that has no value. An `Option` is always set, to NULL
    /// if it is `None`; so a row that is marked as deleted (`soft_delete`) is restored by a new row
    /// that is not. `updated_at` becomes the current time, in new rows too. A `version` is
    /// incremented, whatever its value in the new row, so anyone who read the row earlier detects
    /// the change.
    ///
    /// Rows are sent as in [`bulk_insert`](Self::bulk_insert), in statements of up to 500 rows
    /// (10,000 on PostgreSQL), and are not brought into the session. Objects of the entity in
    /// memory become stale. If more than one statement is needed, or if only the database can
    /// decide which values are equal, the statements are sent in a savepoint. On MySQL the latter
    /// also costs one SELECT for each 100 rows.
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

/// Rows to insert or to overwrite existing rows with; see [`Session::bulk_upsert`].
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
    /// Finds existing rows by a unique set of columns other than the primary key: a column with
    /// `unique`, or all columns of a unique index in any order, as in
    /// `.on((price::shop, price::code))`. An index with a condition is unique among the rows for
    /// which the condition holds. The database decides which values are equal, by its collation.
    ///
    /// A row that conflicts with another unique set is an error, on every database.
    pub fn on<M>(mut self, columns: impl UniqueColumns<T, M>) -> Self {
        self.names = columns.names();
        self
    }

    /// Leaves existing rows unchanged, and inserts only the others. If two rows of the call are
    /// equal, the second finds the first as an existing row.
    pub fn do_nothing(mut self) -> Self {
        self.nothing = true;
        self
    }

    /// Sends the rows. Returns their number. Flushes pending changes first. The
    /// [hooks](crate::Hooks) `before_insert` and `validate` run for each row, if the entity has
    /// them. The rows of a call are written together or not at all.
    ///
    /// # Errors
    /// [`Error::Configuration`] for columns that are not a unique set, and for an entity whose rows
    /// are in several tables; [`Error::DuplicateRows`] for two rows of the call that are the same
    /// row for the database, unless [`do_nothing`](Self::do_nothing) is set; [`Error::Constraint`]
    /// for a row that conflicts with another unique set; [`Error::InvalidState`] if an existing row
    /// is of another subtype; the errors of [`bulk_insert`](Session::bulk_insert).
    #[track_caller]
    pub fn run(self) -> Result<usize> {
        let _call = self.session.call(Cause::Bulk, T::META.name);
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

/// A column or a tuple of columns, as [`Upsert::on`] accepts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unique set of columns of `{T}`",
    note = "write a unique column, as in `.on(user::name)`, or a tuple of the columns of a unique index, as in `.on((price::shop, price::code))`"
)]
pub trait UniqueColumns<T: Entity, M> {
    /// Returns the names of the columns.
    fn names(self) -> Vec<&'static str>;
}

/// A single column.
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
            "the rows of {} are in {} tables, and cannot be upserted by one statement: use merge() instead",
            meta.name,
            tables.len()
        )));
    }
    if tables[0].table.eq_ignore_ascii_case("excluded") {
        return Err(Error::Configuration(
            "rows cannot be upserted into a table named excluded, because the statement uses that name \
             for the new row: rename the table"
                .to_owned(),
        ));
    }
    let sets = meta.unique_sets();
    let is_meant = |set: &&UniqueSet| {
        let mut columns = set.columns.iter().map(|&column| meta.columns[column].name);
        set.columns.len() == names.len() && columns.all(|column| names.contains(&column))
    };
    let meant: Vec<_> = sets.iter().filter(is_meant).collect();
    // A set without a condition holds for all rows.
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
            "rows of {entity} cannot be upserted by ({wanted}), which is not a unique set; \
             its unique sets are {}",
            text(&sets.iter().collect::<Vec<_>>())
        ),
        false => format!(
            "rows of {entity} cannot be upserted by ({wanted}), which several unique indexes have: {}",
            text(&meant)
        ),
    }))
}
