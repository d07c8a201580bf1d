//! Rows that are inserted, or that overwrite existing rows.

mod excluded;
mod outcomes;
mod sending;

pub use excluded::{Excluded, excluded};
pub use outcomes::{UpsertOutcome, Upserted};

use std::fmt;

use super::bulk_builder::Bulk;
use super::unique_columns::{ColumnNames, unique_set, written_columns};
use crate::backend::{Cause, Dialect, SqlFragment, fragment_text, placeholders};
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, Concrete, EntityMeta, Writable};
use crate::session::Session;
use crate::session::query::set_statements::scaled::brought_to_scale;
use crate::session::query::set_statements::{Assignments, assigns};
use crate::sql::{Combined, OnConflict, list_items};
use outcomes::Outcomes;
use sending::Upserting;

/// The builder inserts rows or overwrites existing ones; see [`Session::bulk_upsert`].
#[derive(Default)]
pub struct BulkUpsert<'c> {
    /// The columns of the unique set, if it is not the key.
    on: Option<Vec<&'static str>>,
    nothing: bool,
    set: Option<Vec<&'static str>>,
    keep: Vec<&'static str>,
    combined: Option<Box<dyn SqlFragment + 'c>>,
}

impl fmt::Debug for BulkUpsert<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkUpsert").field("on", &self.on).finish_non_exhaustive()
    }
}

impl Session {
    /// Creates an upsert: inserts rows, and overwrites existing rows that have the same primary key
    /// or the same values of another [unique set](Bulk::on). Its final call is
    /// [`run`](Bulk::run).
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
    /// To write other columns of existing rows, call [`set`](Bulk::set), [`keep`](Bulk::keep) or
    /// [`combine`](Bulk::combine).
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
    pub fn bulk_upsert<'s, T: Concrete + Writable, I: IntoIterator<Item = T>>(
        &'s mut self,
        rows: I,
    ) -> Bulk<'s, T, I::IntoIter, BulkUpsert<'s>> {
        Bulk::new(self, rows.into_iter(), BulkUpsert::default())
    }
}

impl<'s, T: Concrete + Writable, I: Iterator<Item = T>> Bulk<'s, T, I, BulkUpsert<'s>> {
    /// Finds existing rows by a unique set of columns other than the primary key: a column with
    /// `unique`, or all columns of a unique index in any order, as in
    /// `.on((price::shop, price::code))`. An index with a condition is unique among the rows for
    /// which the condition holds. The database decides which values are equal, by its collation.
    ///
    /// A row that conflicts with another unique set is an error, on every database.
    pub fn on<M>(mut self, columns: impl ColumnNames<T, M>) -> Self {
        self.kind.on = Some(columns.names());
        self
    }

    /// Leaves existing rows unchanged, and inserts only the others. If two rows of the call are
    /// equal, the second finds the first as an existing row.
    pub fn do_nothing(mut self) -> Self {
        self.kind.nothing = true;
        self
    }

    /// Writes only these columns of an existing row: a column or a tuple of columns. `updated_at`
    /// and a version are written in any case. New rows have all their columns.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct Stock { #[entity(primary_key)] id: i64, amount: i64, place: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Stock].create_all(&mut session)?;
    /// let at = |place: &str, n| Stock::builder().id(1).amount(n).place(place).build();
    /// session.bulk_insert([at("here", 1)])?;
    /// session.bulk_upsert([at("there", 2)]).set(stock::amount).run()?;
    /// let stored = session.query::<Stock>().select((stock::amount, stock::place));
    /// assert_eq!(stored.one::<(i64, String)>()?, (2, "here".to_owned()));
    /// # Ok(()) }
    /// ```
    pub fn set<M>(mut self, columns: impl ColumnNames<T, M>) -> Self {
        self.kind.set = Some(columns.names());
        self
    }

    /// Leaves these columns of an existing row as they are: a column or a tuple of columns. New
    /// rows have all their columns.
    pub fn keep<M>(mut self, columns: impl ColumnNames<T, M>) -> Self {
        self.kind.keep.extend(columns.names());
        self
    }

    /// Assigns expressions to columns of an existing row, in place of the values of the new row. A
    /// column is that of the existing row, and [`excluded`] of a column is the value of the new
    /// row. The other columns are written as usual: leave them out with [`set`](Self::set).
    ///
    /// ```
    /// use orm_runtime::prelude::*;
    /// use orm_runtime::query::excluded;
    ///
    /// #[derive(Entity)]
    /// struct Stock { #[entity(primary_key)] id: i64, amount: i64 }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Stock].create_all(&mut session)?;
    /// let delivery = |amount| [Stock::builder().id(1).amount(amount).build()];
    /// for amount in [5, 7] {
    ///     let sum = stock::amount.eq(stock::amount + excluded(stock::amount));
    ///     session.bulk_upsert(delivery(amount)).combine(sum).run()?;
    /// }
    /// assert_eq!(session.query::<Stock>().select(stock::amount).one::<i64>()?, 12);
    /// # Ok(()) }
    /// ```
    pub fn combine<A: Assignments<T>>(mut self, assignments: A) -> Self
    where
        A::Changeset: 's,
    {
        self.kind.combined = Some(Box::new(assignments.into_changeset()));
        self
    }

    /// Sends the rows. Returns their number. Flushes pending changes first. The
    /// [hooks](crate::Hooks) `before_insert` and `validate` run for each row, if the entity has
    /// them. The rows of a call are written together or not at all.
    ///
    /// # Errors
    /// [`Error::Configuration`] for columns that are not a unique set, for columns that an upsert
    /// cannot write, and for an entity whose rows are in several tables; [`Error::DuplicateRows`]
    /// for two rows of the call that are the same row for the database, unless
    /// [`do_nothing`](Self::do_nothing) is set; [`Error::Constraint`] for a row that conflicts with
    /// another unique set; [`Error::InvalidState`] if an existing row is of another subtype; the
    /// errors of [`bulk_insert`](Session::bulk_insert).
    #[track_caller]
    pub fn run(self) -> Result<usize> {
        self.upsert(None).map(|(rows, _)| rows)
    }

    /// Sends the rows. Returns the key of each row in the table, and whether the row was inserted,
    /// updated or left unchanged, in the order of the rows. Refused rows are left out.
    ///
    /// The keys are read after each statement by the unique set, with one SELECT for each 100 rows.
    /// What was there is told by the statement on PostgreSQL; elsewhere the same SELECTs are sent
    /// before it, on MySQL with row locks.
    ///
    /// ```
    /// use orm_runtime::prelude::*;
    /// use orm_runtime::query::UpsertOutcome;
    ///
    /// #[derive(Entity)]
    /// struct Word {
    ///     id: Auto<i64>,
    ///     #[entity(unique, length = 40)]
    ///     text: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Word].create_all(&mut session)?;
    /// let word = |text: &str| Word::builder().text(text).build();
    /// session.bulk_insert([word("cat")])?;
    /// let done = session
    ///     .bulk_upsert([word("dog"), word("cat")])
    ///     .on(word::text)
    ///     .do_nothing()
    ///     .outcomes()?;
    /// assert_eq!((done[0].key, done[0].outcome), (2, UpsertOutcome::Inserted));
    /// assert_eq!((done[1].key, done[1].outcome), (1, UpsertOutcome::Unchanged));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](Self::run), and [`Error::Configuration`] for a new row whose generated key
    /// cannot be read, because the unique set does not find it.
    #[track_caller]
    pub fn outcomes(self) -> Result<Vec<Upserted<T::Key>>> {
        let (_, upserting) = self.upsert(Some(Outcomes::new()))?;
        Ok(upserting.into_outcomes())
    }

    #[track_caller]
    fn upsert(self, outcomes: Option<Outcomes<T>>) -> Result<(usize, Upserting<'s, T>)> {
        let Bulk { session, rows, kind, mut callbacks } = self;
        let _call = session.call(Cause::Bulk, T::META.name);
        let on_conflict = kind.on_conflict(T::META, session.dialect())?;
        let mut upserting = Upserting::<T>::new(on_conflict, kind.combined, outcomes);
        let rows = session.write_all(rows, &mut callbacks, &mut upserting)?;
        let handles = session.map().handles::<T>();
        session.map_mut().expire_handles(&handles);
        Ok((rows, upserting))
    }
}

impl BulkUpsert<'_> {
    fn on_conflict(&self, meta: &'static EntityMeta, dialect: Dialect) -> Result<OnConflict> {
        let set = unique_set(meta, self.on.as_deref(), "upserted")?;
        let table = meta.base_table();
        if table.table.eq_ignore_ascii_case("excluded") {
            return Err(Error::Configuration(
                "rows cannot be upserted into a table named excluded, because the statement uses that name \
                 for the new row: rename the table"
                    .to_owned(),
            ));
        }
        let writes = self.set.is_some() || !self.keep.is_empty() || self.combined.is_some();
        if self.nothing && writes {
            return Err(Error::Configuration(format!(
                "do_nothing() leaves existing rows of {} as they are: leave out set(), keep() and combine()",
                meta.name
            )));
        }
        let named = |names: &[&'static str], call| written_columns(meta, names, &set.columns, call);
        let columns = self.set.as_ref().map(|names| named(names, "set")).transpose()?;
        let keep = named(&self.keep, "keep")?;
        let combined = match &self.combined {
            Some(assignments) => Some(combined(meta, &set.columns, &**assignments, dialect)?),
            None => None,
        };
        Ok(OnConflict {
            target: set.columns,
            condition: set.condition,
            nothing: self.nothing,
            kind: meta.hierarchy.map(|hierarchy| hierarchy.discriminator),
            set: columns,
            keep,
            combined,
        })
    }
}

/// Writes the assignments to columns of existing rows.
fn combined(
    meta: &'static EntityMeta,
    target: &[usize],
    assignments: &dyn SqlFragment,
    dialect: Dialect,
) -> Result<Combined> {
    let table = meta.base_table();
    let text = fragment_text(dialect, assignments)?;
    let text = brought_to_scale(dialect, &text, table).unwrap_or(text);
    let assigned = (0..table.columns.len()).filter(|&column| assigns(&text, table, column));
    let columns: ColumnSet = assigned.collect();
    let names: Vec<_> = columns.iter().map(|column| table.columns[column].name).collect();
    written_columns(meta, &names, target, "combine")?;
    if !dialect.forms().upserts_by_conflict {
        refuse_reads_after_writes(meta, &text)?;
    }
    let placeholders = placeholders(dialect, &text).map_err(Error::Configuration)?;
    Ok(Combined { columns, text, placeholders })
}

/// Returns an error if an expression reads a column that was assigned before it: some databases
/// would read the new value.
fn refuse_reads_after_writes(meta: &EntityMeta, text: &str) -> Result<()> {
    let mut before: Vec<String> = Vec::new();
    for assignment in list_items(text) {
        let Some((name, expression)) = assignment.split_once(" = ") else { continue };
        let reads = |name: &&String| {
            let value = format!("VALUES({name})");
            expression.replace(&value, "").contains(name.as_str())
        };
        if let Some(read) = before.iter().find(reads) {
            return Err(Error::Configuration(format!(
                "combine() assigns {read} of {} before another expression reads it, which this database does with \
                 the new value: assign it last",
                meta.name
            )));
        }
        before.push(name.trim().to_owned());
    }
    Ok(())
}
