//! Rows whose new values are written to existing rows.

mod updating;

use super::bulk_builder::Bulk;
use super::unique_columns::{ColumnNames, unique_set, written_columns};
use crate::backend::Cause;
use crate::error::Result;
use crate::mapping::{Concrete, Writable};
use crate::session::Session;
use updating::Updating;

/// The builder updates rows; see [`Session::bulk_update`].
#[derive(Debug, Default)]
pub struct BulkUpdate {
    /// The columns of the unique set, if it is not the key.
    on: Option<Vec<&'static str>>,
    set: Option<Vec<&'static str>>,
    skips_missing: bool,
}

impl Session {
    /// Creates an update of many rows with different values. Each row of the call finds its row of
    /// the table by primary key, or by another [unique set](Bulk::on). Its final call is
    /// [`run`](Bulk::run).
    ///
    /// Every column that the row gives is written, or those that [`set`](Bulk::set) names, except
    /// the key, the columns of the unique set, `created_at` and the time of a soft delete. A
    /// [`Generated`](crate::Generated) column or a [`Deferred`](crate::Deferred) column that has no
    /// value stays. `updated_at` becomes the current time. A `version` is not compared; it is
    /// incremented, so that anyone who read the row earlier detects the change. A row of another
    /// subtype of a hierarchy is not found, and a row that is marked as deleted is.
    ///
    /// Flushes pending changes first. Sends one UPDATE for up to 500 rows that set the same columns
    /// (10,000 on PostgreSQL, 100 on MySQL), and no SELECT. Nothing enters the session, and objects
    /// of the entity in memory become stale. The rows of a call are written together or not at all:
    /// the statements are sent in a savepoint.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct Product {
    ///     id: Auto<i64>,
    ///     #[entity(unique, length = 20)]
    ///     code: String,
    ///     cents: i64,
    ///     stock: i64,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Product].create_all(&mut session)?;
    /// let product =
    ///     |code: &str, cents, stock| Product::builder().code(code).cents(cents).stock(stock).build();
    /// session.bulk_insert([product("tea", 250, 1), product("milk", 90, 2)])?;
    ///
    /// let rows = [product("milk", 95, 0), product("tea", 275, 0)];
    /// session.bulk_update(rows).set(product::cents).on(product::code).run()?;
    /// let query = session.query::<Product>().order_by(product::code);
    /// let rows: Vec<(i64, i64)> = query.select((product::cents, product::stock)).load()?;
    /// assert_eq!(rows, [(95, 2), (275, 1)]);
    /// # Ok(()) }
    /// ```
    pub fn bulk_update<T: Concrete + Writable, I: IntoIterator<Item = T>>(
        &mut self,
        rows: I,
    ) -> Bulk<'_, T, I::IntoIter, BulkUpdate> {
        Bulk::new(self, rows.into_iter(), BulkUpdate::default())
    }
}

impl<T: Concrete + Writable, I: Iterator<Item = T>> Bulk<'_, T, I, BulkUpdate> {
    /// Finds existing rows by a unique set of columns other than the primary key: a column with
    /// `unique`, or all columns of a unique index in any order, as in
    /// `.on((price::shop, price::code))`. An index with a condition finds rows for which the
    /// condition holds. The database decides which values are equal, by its collation; NULL equals
    /// nothing.
    pub fn on<M>(mut self, columns: impl ColumnNames<T, M>) -> Self {
        self.kind.on = Some(columns.names());
        self
    }

    /// Writes only these columns: a column or a tuple of columns. `updated_at` and a version are
    /// written in any case. The other fields of the rows are not used, except by hooks.
    pub fn set<M>(mut self, columns: impl ColumnNames<T, M>) -> Self {
        self.kind.set = Some(columns.names());
        self
    }

    /// Leaves out rows that match no row of the table, in place of the error. [`run`](Self::run)
    /// returns how many rows matched.
    pub fn skip_missing(mut self) -> Self {
        self.kind.skips_missing = true;
        self
    }

    /// Sends the rows. Returns how many rows were updated. The [hooks](crate::Hooks)
    /// `before_update` and `validate` run for each row as it is given, if the entity has them.
    ///
    /// Two rows of the call that are the same row of the table are an error. If only the database
    /// can tell, because the unique set has other columns than integers and UUIDs, and if the call
    /// needs several statements, they return the keys of their rows; on MySQL this costs one SELECT
    /// for each 100 rows.
    ///
    /// # Errors
    /// [`Error::UnmatchedRow`](crate::Error::UnmatchedRow) with the number of the first row that
    /// matches no row of the table; [`Error::DuplicateRows`](crate::Error::DuplicateRows);
    /// [`Error::Constraint`](crate::Error::Constraint) with the number of the row;
    /// [`Error::Invalid`](crate::Error::Invalid) for a row that a hook rejects;
    /// [`Error::Configuration`](crate::Error::Configuration) for columns that are not a unique set,
    /// for columns that an update cannot write, and for an entity whose rows are in several tables.
    /// The number of the row costs about log₂ of the rows of a statement more statements, which are
    /// undone.
    #[track_caller]
    pub fn run(self) -> Result<usize> {
        let Bulk { session, rows, kind, mut callbacks } = self;
        let _call = session.call(Cause::Bulk, T::META.name);
        let found_by = unique_set(T::META, kind.on.as_deref(), "updated")?;
        let named =
            |names: &Vec<&'static str>| written_columns(T::META, names, &found_by.columns, "set");
        let set = kind.set.as_ref().map(named).transpose()?;
        let mut updating = Updating::<T>::new(found_by, set, kind.skips_missing);
        session.write_all(rows, &mut callbacks, &mut updating)?;
        let handles = session.map().handles::<T>();
        session.map_mut().expire_handles(&handles);
        Ok(updating.matched())
    }
}
