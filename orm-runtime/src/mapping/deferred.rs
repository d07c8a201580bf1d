//! Columns that are not selected unless asked for.

use std::fmt;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};

use crate::error::{Error, Result};

/// A column that a query leaves out unless it is asked for: a picture, a long text.
///
/// Reading it never talks to the database: while it is not loaded, [`get`](Self::get) is an error
/// that names the call that loads it. Assigning a value needs no load.
///
/// What was never loaded is never written as NULL: an INSERT of a copy of a row, whose deferred
/// columns were left out, is an error. A [`Default`] has no value either, but was not left out of
/// anything: in a new object an optional column is NULL, as the builder makes it.
///
/// ```
/// use orm_runtime::Deferred;
///
/// let mut portrait: Deferred<Vec<u8>> = Deferred::not_loaded();
/// assert!(portrait.get().is_err());
/// portrait.set(vec![1, 2, 3]);
/// assert_eq!(portrait.get().unwrap(), &[1, 2, 3]);
/// ```
#[derive(Clone, FromSqlRow)]
pub struct Deferred<T> {
    /// Shared, so that the copy that change tracking keeps of an object does not copy the value.
    value: Option<Arc<T>>,
    /// What the derive said about the column, for the error; unset where there is no value to load.
    column: LeftOut,
}

/// The entity, module and field of a column whose value was left out when its row was read.
#[doc(hidden)]
pub type LeftOut = Option<&'static [&'static str; 3]>;

/// The entity, its module and the field of a column that was not made by the derive.
const UNKNOWN: &[&str; 3] = &["the entity", "entity", "column"];

impl<T> Deferred<T> {
    /// A column that has not been loaded.
    pub const fn not_loaded() -> Self {
        Deferred { value: None, column: Some(UNKNOWN) }
    }

    /// A column whose value is known.
    pub fn new(value: T) -> Self {
        Deferred { value: Some(Arc::new(value)), column: None }
    }

    /// Used by the derive: not loaded, and knows the entity, its module and the field.
    #[doc(hidden)]
    pub const fn of(column: &'static [&'static str; 3]) -> Self {
        Deferred { value: None, column: Some(column) }
    }

    /// The value. No SQL.
    ///
    /// # Errors
    /// [`Error::NotLoaded`], which names the call that loads the column.
    pub fn get(&self) -> Result<&T> {
        self.value.as_deref().ok_or_else(|| {
            let [entity, module, field] = *self.column.unwrap_or(UNKNOWN);
            Error::NotLoaded { entity, module, field, query_call: "undefer" }
        })
    }

    /// Gives the column a value, loaded or not. No SQL; the next flush writes it.
    pub fn set(&mut self, value: T) {
        self.value = Some(Arc::new(value));
    }

    /// Whether the value is in memory.
    pub fn is_loaded(&self) -> bool {
        self.value.is_some()
    }

    /// The column, if there may be a value in its row that is not in memory: an INSERT would lose
    /// it.
    #[doc(hidden)]
    pub fn left_out(&self) -> LeftOut {
        self.column.filter(|_| self.value.is_none())
    }

    pub(crate) fn same_by(&self, other: &Self, same: impl Fn(&T, &T) -> bool) -> bool {
        match (&self.value, &other.value) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || same(a, b),
            // An unloaded value that was never touched is unchanged; a value given to it is a change.
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_deref()
    }
}

impl<T> Default for Deferred<T> {
    /// No value, in a new object: nothing was left out, for there is no row yet.
    fn default() -> Self {
        Deferred { value: None, column: None }
    }
}

impl<T> From<T> for Deferred<T> {
    fn from(value: T) -> Self {
        Deferred::new(value)
    }
}

impl<T: PartialEq> PartialEq for Deferred<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => value.fmt(f),
            None => f.write_str("not loaded"),
        }
    }
}

impl<T, ST, DB> ToSql<ST, DB> for Deferred<T>
where
    T: ToSql<ST, DB>,
    DB: Backend,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        match &self.value {
            Some(value) => value.to_sql(out),
            None => Err("a deferred column without a value can not be written".into()),
        }
    }
}

impl<T, ST, DB> FromSql<ST, DB> for Deferred<T>
where
    T: FromSql<ST, DB>,
    DB: Backend,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        T::from_sql(bytes).map(Deferred::new)
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        T::from_nullable_sql(bytes).map(Deferred::new)
    }
}
