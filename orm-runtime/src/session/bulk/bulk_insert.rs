//! Rows that are inserted, and what is known of them afterwards.

mod inserting;

use super::bulk_builder::Bulk;
use crate::backend::Cause;
use crate::error::Result;
use crate::mapping::{Concrete, Writable};
use crate::session::Session;
use inserting::{Inserting, Wanted};

/// The builder inserts rows; see [`Session::bulk_insert_with`].
#[derive(Debug)]
pub struct BulkInsert(());

impl Session {
    /// Inserts rows without bringing them into the session. Returns the number of rows.
    ///
    /// Flushes pending changes first. Sends statements of up to 500 rows; on PostgreSQL, COPY of up
    /// to 10,000 rows. Only one chunk of rows is in memory at a time. The rows of a call are
    /// written together or not at all: more than one statement is sent in a savepoint, and on
    /// PostgreSQL each statement of several rows. To get the generated keys, to hear of the
    /// progress or to leave out refused rows, call [`bulk_insert_with`](Self::bulk_insert_with). To
    /// leave out rows that exist, call [`bulk_upsert`](Self::bulk_upsert) with
    /// [`do_nothing`](crate::query::Bulk::do_nothing).
    ///
    /// Rows of a chunk may reference each other by key, in any order. They are inserted so that a
    /// row comes after the rows it references. Rows in a circle are connected by an UPDATE
    /// afterwards, if the reference may be NULL.
    ///
    /// To insert rows of several subtypes, pass the enum of the hierarchy. If subtypes have their
    /// own tables, a chunk is inserted into one table after the other, and generated keys cost as
    /// much as in a [flush](Self::flush).
    ///
    /// The [hooks](crate::Hooks) `before_insert` and `validate` run for each row, if the entity has
    /// them. SQLite reuses the keys of deleted rows: if objects of an earlier transaction are in
    /// memory, the session sends one more SELECT for each shape of statement.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = (0..1_000).map(|n| Customer::builder().name(format!("customer {n}")).build());
    /// assert_eq!(session.bulk_insert(rows)?, 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a row that its `validate` hook rejects and
    /// [`Error::Unloaded`](crate::Error::Unloaded) for a row that was read without a
    /// [`Deferred`](crate::Deferred) column, both before the chunk is sent; any error of the
    /// database. [`Error::Constraint`](crate::Error::Constraint) has the number of the
    /// [row](crate::error::Violation::row) in the call, for which the rows of the failed statement
    /// are halved until the row is found: about log₂ of their number statements, which are undone.
    #[track_caller]
    pub fn bulk_insert<T: Concrete + Writable>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<usize> {
        self.bulk_insert_with(rows).run()
    }

    /// Creates an insert of rows, as [`bulk_insert`](Self::bulk_insert) does, with more to say: it
    /// returns the [keys](Bulk::returning_keys) or the [rows](Bulk::returning_rows), tells its
    /// [progress](Bulk::on_progress), and hands over [refused rows](Bulk::reject_into). Its final
    /// calls are [`run`](Bulk::run), [`returning_keys`](Bulk::returning_keys) and
    /// [`returning_rows`](Bulk::returning_rows).
    pub fn bulk_insert_with<T: Concrete + Writable, I: IntoIterator<Item = T>>(
        &mut self,
        rows: I,
    ) -> Bulk<'_, T, I::IntoIter, BulkInsert> {
        Bulk::new(self, rows.into_iter(), BulkInsert(()))
    }
}

impl<T: Concrete + Writable, I: Iterator<Item = T>> Bulk<'_, T, I, BulkInsert> {
    /// Inserts the rows. Returns their number, without the refused ones.
    ///
    /// # Errors
    /// Those of [`Session::bulk_insert`].
    #[track_caller]
    pub fn run(self) -> Result<usize> {
        self.insert(Wanted::Nothing).map(|(rows, _)| rows)
    }

    /// Inserts the rows. Returns the keys of the inserted rows, in the order in which the rows were
    /// given.
    ///
    /// Keys that the database generates come back as in a [flush](Session::flush), with the same
    /// proof that each belongs to its row, and cost the same statements. In place of COPY the rows
    /// of PostgreSQL are sent as arrays.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = ["ada", "bob"].map(|name| Customer::builder().name(name).build());
    /// assert_eq!(session.bulk_insert_with(rows).returning_keys()?, [1, 2]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`Session::bulk_insert`], and [`Error::Configuration`](crate::Error::Configuration)
    /// if the database generates a key that no statement returns.
    #[track_caller]
    pub fn returning_keys(self) -> Result<Vec<T::Key>> {
        let (_, inserting) = self.insert(Wanted::Keys)?;
        Ok(inserting.keys)
    }

    /// Inserts the rows. Returns them with the values that the database has generated: keys, and
    /// [`Generated`](crate::Generated) columns. Refused rows are left out. They are plain structs:
    /// nothing enters the session.
    ///
    /// Sends the statements of [`returning_keys`](Self::returning_keys), and, if the entity has
    /// columns that the database generates besides the key, one SELECT for up to 10,000 rows.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct Customer {
    /// #     id: Auto<i64>,
    /// #     name: String,
    /// #     #[entity(db_default = "'new'", length = 10)]
    /// #     state: Generated<String>,
    /// # }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = ["ada", "bob"].map(|name| Customer::builder().name(name).build());
    /// let rows = session.bulk_insert_with(rows).returning_rows()?;
    /// assert_eq!((&*rows[1].name, rows[1].id), ("bob", 2.into()));
    /// assert_eq!(rows[1].state.get().map(String::as_str), Some("new"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`returning_keys`](Self::returning_keys).
    #[track_caller]
    pub fn returning_rows(self) -> Result<Vec<T>> {
        let (_, inserting) = self.insert(Wanted::Rows)?;
        Ok(inserting.rows)
    }

    #[track_caller]
    fn insert(self, wanted: Wanted) -> Result<(usize, Inserting<T>)> {
        let Bulk { session, rows, mut callbacks, .. } = self;
        let _call = session.call(Cause::Bulk, T::META.name);
        let mut inserting = Inserting::new(wanted);
        let rows = session.write_all(rows, &mut callbacks, &mut inserting)?;
        Ok((rows, inserting))
    }
}
