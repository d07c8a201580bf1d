//! Value objects: several columns in one field.

use diesel::QueryResult;
use diesel::result::Error::DeserializationError;

use super::{ColumnMeta, ColumnSet};
use crate::backend::{Row, SqlWriter};
use crate::error::ValidationError;

/// A struct whose fields are columns of an entity, which has it in a field with `#[entity(embed)]`.
/// Implemented by [`#[derive(Embed)]`](macro@crate::Embed).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value object",
    label = "not a value object",
    note = "add `#[derive(Embed)]` to a struct with named fields"
)]
pub trait Embedded: Clone + std::fmt::Debug + Send + 'static {
    /// The columns, including the columns of nested value objects, with their names inside this
    /// value object.
    const META: &'static [ColumnMeta];

    /// Binds one of the columns.
    #[doc(hidden)]
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;

    /// Binds NULL for one of the columns.
    #[doc(hidden)]
    fn bind_null<'b>(column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;

    /// Reads all columns.
    #[doc(hidden)]
    fn decode(row: &mut Row<'_, '_>) -> QueryResult<Self>;

    /// Reads all columns. Returns `None` if all of them are NULL.
    #[doc(hidden)]
    fn decode_optional(row: &mut Row<'_, '_>) -> QueryResult<Option<Self>>;

    /// Returns the columns whose values differ.
    #[doc(hidden)]
    fn diff(&self, before: &Self) -> ColumnSet;

    /// Returns the value whose columns are all NULL, if the type has one.
    #[doc(hidden)]
    fn nothing() -> Option<Self> {
        None
    }

    /// Returns about how many bytes the values add to a statement beyond their fixed size.
    #[doc(hidden)]
    fn payload(&self) -> usize;

    /// Returns one of the values as debug text.
    #[doc(hidden)]
    fn show(&self, column: usize) -> String;

    /// Brings the values to what their columns can hold.
    #[doc(hidden)]
    fn fit(&mut self) -> Result<(), ValidationError> {
        Ok(())
    }
}

/// What the derive requires of a field that is a value object, or an `Option` of one.
#[doc(hidden)]
pub trait EmbeddedField: Sized {
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
    fn bind_null<'b>(column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
    fn decode(row: &mut Row<'_, '_>) -> QueryResult<Self>;
    fn diff(&self, before: &Self) -> ColumnSet;
    fn nothing() -> Option<Self>;
    fn payload(&self) -> usize;
    fn show(&self, column: usize) -> String;
    fn fit(&mut self) -> Result<(), ValidationError>;
    /// Reads the field of a nested value object that may be absent. The outer `None` means that all
    /// columns are NULL.
    fn decode_inside(row: &mut Row<'_, '_>) -> QueryResult<Option<Self>>;
}

impl<T: Embedded> EmbeddedField for T {
    #[inline]
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        T::bind(self, column, pass)
    }

    fn bind_null<'b>(column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        T::bind_null(column, pass)
    }

    #[inline]
    fn decode(row: &mut Row<'_, '_>) -> QueryResult<Self> {
        T::decode(row)
    }

    fn diff(&self, before: &Self) -> ColumnSet {
        T::diff(self, before)
    }

    fn nothing() -> Option<Self> {
        T::nothing()
    }

    fn payload(&self) -> usize {
        T::payload(self)
    }

    fn show(&self, column: usize) -> String {
        T::show(self, column)
    }

    fn fit(&mut self) -> Result<(), ValidationError> {
        T::fit(self)
    }

    fn decode_inside(row: &mut Row<'_, '_>) -> QueryResult<Option<Self>> {
        T::decode_optional(row)
    }
}

impl<T: Embedded> EmbeddedField for Option<T> {
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self {
            Some(value) => value.bind(column, pass),
            None => T::bind_null(column, pass),
        }
    }

    fn bind_null<'b>(column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        T::bind_null(column, pass)
    }

    fn decode(row: &mut Row<'_, '_>) -> QueryResult<Self> {
        T::decode_optional(row)
    }

    fn diff(&self, before: &Self) -> ColumnSet {
        match (self, before) {
            (Some(value), Some(before)) => value.diff(before),
            (None, None) => ColumnSet::EMPTY,
            // The database stores both in the same way.
            (Some(one), None) | (None, Some(one)) if is_nothing(one) => ColumnSet::EMPTY,
            // It is not known which columns differ, but the values do.
            _ => ColumnSet::first(T::META.len()),
        }
    }

    fn nothing() -> Option<Self> {
        Some(None)
    }

    fn payload(&self) -> usize {
        self.as_ref().map_or(0, T::payload)
    }

    fn show(&self, column: usize) -> String {
        match self {
            Some(value) => format!("Some({})", value.show(column)),
            None => "None".to_owned(),
        }
    }

    fn fit(&mut self) -> Result<(), ValidationError> {
        // This is what the database would return.
        if self.as_ref().is_some_and(is_nothing) {
            *self = None;
        }
        self.as_mut().map_or(Ok(()), T::fit)
    }

    fn decode_inside(row: &mut Row<'_, '_>) -> QueryResult<Option<Self>> {
        Ok(T::decode_optional(row)?.map(Some))
    }
}

/// Returns `true` if all columns of a value object are NULL.
fn is_nothing<T: Embedded>(value: &T) -> bool {
    T::nothing().is_some_and(|nothing| value.diff(&nothing).is_empty())
}

/// Returns the value of a field of a value object that may be absent as a whole. The field must
/// have a value if another field has one.
#[doc(hidden)]
pub fn present<T>(value: Option<T>, column: usize, row: &mut Row<'_, '_>) -> QueryResult<T> {
    value.ok_or_else(|| {
        // The error names this column, whichever column was read last.
        row.stand_behind(column);
        DeserializationError(
            "it is NULL, and other columns of the same value object are not".into(),
        )
    })
}
