//! The builder that inserts, upserts and updates of many rows share.

use std::fmt;

use super::bulk_callbacks::BulkCallbacks;
use crate::error::Error;
use crate::mapping::Concrete;
use crate::session::Session;

/// Many rows to write, and how: created by [`Session::bulk_insert_with`], [`Session::bulk_upsert`]
/// and [`Session::bulk_update`], which are the types for `K`. Nothing is sent before a final call,
/// such as `run()`.
#[must_use = "rows are sent by a final call, such as run()"]
pub struct Bulk<'s, T: Concrete, I, K> {
    pub(super) session: &'s mut Session,
    pub(super) rows: I,
    pub(super) kind: K,
    pub(super) callbacks: BulkCallbacks<'s, T>,
}

impl<T: Concrete, I, K: fmt::Debug> fmt::Debug for Bulk<'_, T, I, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk").field("entity", &T::META.name).field("kind", &self.kind).finish()
    }
}

impl<'s, T: Concrete, I: Iterator<Item = T>, K> Bulk<'s, T, I, K> {
    pub(super) fn new(session: &'s mut Session, rows: I, kind: K) -> Self {
        Bulk { session, rows, kind, callbacks: BulkCallbacks::default() }
    }

    /// Calls a closure after each statement with the number of rows written so far. Costs nothing
    /// in SQL. What is written is stored only after the call has returned and the transaction was
    /// committed.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = (0..1_200).map(|n| Customer::builder().name(format!("customer {n}")).build());
    /// let mut seen = Vec::new();
    /// session.bulk_insert_with(rows).on_progress(|rows| seen.push(rows)).run()?;
    /// assert_eq!(seen, [500, 1_000, 1_200]);
    /// # Ok(()) }
    /// ```
    pub fn on_progress(mut self, progress: impl FnMut(usize) + 's) -> Self {
        self.callbacks.progress = Some(Box::new(progress));
        self
    }

    /// Hands rows that are refused to a closure, with their numbers in the call, counted from 1,
    /// and the reasons. All other rows are written, and the call returns `Ok`.
    ///
    /// A row is refused if a constraint, a type of the database or its `validate` hook rejects it.
    /// Other errors, such as a lost connection, still end the call, and nothing of it is written.
    ///
    /// Each statement is sent in a savepoint. If it fails, its rows are halved until the first
    /// refused row is found, and the rest goes on after that row. A refused row costs about
    /// log₂(rows of the statement) + 2 statements, each in a savepoint: 11 for a statement of 500
    /// rows, and 16 for one of 10,000 on PostgreSQL. It is for files with a few bad rows.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, #[entity(unique)] name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let rows = ["ada", "bob", "ada", "cy"].map(|name| Customer::builder().name(name).build());
    /// let mut refused = Vec::new();
    /// let written = session
    ///     .bulk_insert_with(rows)
    ///     .reject_into(|number, row, error| refused.push((number, row.name, error)))
    ///     .run()?;
    /// assert_eq!(written, 3);
    /// assert_eq!((refused[0].0, &*refused[0].1), (3, "ada"));
    /// # Ok(()) }
    /// ```
    pub fn reject_into(mut self, rejects: impl FnMut(usize, T, Error) + 's) -> Self {
        self.callbacks.rejects = Some(Box::new(rejects));
        self
    }
}
