//! Columns that a query does not select by default.

use std::fmt;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};

use crate::error::{Error, Result};

/// A column that a query does not select by default, such as a picture or a long text.
///
/// Reading the field sends no SQL: while the value is not loaded, [`get`](Self::get) returns an
/// error that names the call that loads it. You can assign a value without loading the old one.
///
/// A value that was not loaded is never written as NULL: inserting a copy of a row whose deferred
/// columns were not loaded is an error. A [`Default`] has no value either, but belongs to a new
/// object: as in a builder, an optional column is then NULL.
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
    /// Shared, so that the snapshot of an object does not copy the value.
    value: Option<Arc<T>>,
    /// The names of the column, for the error; `None` if there is no value to load.
    column: LeftOut,
}

/// The entity, the module and the field of a column whose value was not selected when its row was
/// read.
#[doc(hidden)]
pub type LeftOut = Option<&'static [&'static str; 3]>;

/// The names for a column that the derive did not generate.
const UNKNOWN: &[&str; 3] = &["the entity", "entity", "column"];

impl<T> Deferred<T> {
    /// Creates a column whose value is not loaded.
    pub const fn not_loaded() -> Self {
        Deferred { value: None, column: Some(UNKNOWN) }
    }

    /// Creates a column with a value.
    pub fn new(value: T) -> Self {
        Deferred { value: Some(Arc::new(value)), column: None }
    }

    /// Creates a column whose value is not loaded, with the names of the entity, its module and the
    /// field. Generated code calls this.
    #[doc(hidden)]
    pub const fn of(column: &'static [&'static str; 3]) -> Self {
        Deferred { value: None, column: Some(column) }
    }

    /// Returns the value. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::NotLoaded`] while the value is not loaded; the error names the call that
    /// loads it.
    pub fn get(&self) -> Result<&T> {
        self.value.as_deref().ok_or_else(|| {
            let [entity, module, field] = *self.column.unwrap_or(UNKNOWN);
            Error::NotLoaded { entity, module, field, query_call: "undefer" }
        })
    }

    /// Sets the value, whether the old one is loaded or not. Sends no SQL; the next flush writes
    /// it.
    pub fn set(&mut self, value: T) {
        self.value = Some(Arc::new(value));
    }

    /// Returns `true` if the value is in memory.
    pub fn is_loaded(&self) -> bool {
        self.value.is_some()
    }

    /// Returns the names of the column if its row may have a value that is not in memory, which an
    /// INSERT would lose.
    #[doc(hidden)]
    pub fn left_out(&self) -> LeftOut {
        self.column.filter(|_| self.value.is_none())
    }

    pub(crate) fn same_by(&self, other: &Self, same: impl Fn(&T, &T) -> bool) -> bool {
        match (&self.value, &other.value) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || same(a, b),
            // A value that is not loaded has not changed; a value that was set has.
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_deref()
    }
}

impl<T> Default for Deferred<T> {
    /// Creates a column without a value, for a new object. Nothing was left out, because there is
    /// no row yet.
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
            None => Err("a deferred column without a value cannot be written".into()),
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
