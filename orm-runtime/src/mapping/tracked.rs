//! Snapshots of objects: what has changed, and how an object takes over values.

use super::field::swap_once;
use super::{ColumnSet, Field, LeftOut, Mapped};

/// Compares and copies objects, for change tracking.
///
/// The identity map uses it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait Tracked: Mapped {
    /// Sets the key that the database generated, or unsets it.
    fn set_auto_key(&mut self, _key: Option<i64>) {}

    /// Copies the columns, for change tracking. Fields that are not columns have their defaults.
    fn snapshot(&self) -> Self;

    /// Returns the columns whose values differ.
    fn diff(&self, before: &Self) -> ColumnSet;

    /// Returns `true` if a column has a value. Only an unloaded [`Deferred`](super::Deferred) and
    /// an unset [`Auto`](super::Auto) have none.
    fn is_set(&self, _column: usize) -> bool {
        true
    }

    /// Returns the names of a column that has no value because it was not selected when the row was
    /// read.
    fn left_out(&self, _column: usize) -> LeftOut {
        None
    }

    /// Unsets values that the database generated, and unloads deferred ones.
    fn unmake(&mut self, _columns: ColumnSet) {}

    /// Returns about how many bytes the object adds to an INSERT beyond its fixed size.
    fn payload(&self) -> usize;

    /// Takes over the fields that are not columns when a row replaces an object.
    fn keep_skipped(&mut self, _before: &mut Self) {}

    /// Returns the field of a column. A field of several adjacent columns is returned for each of
    /// them. The enum of a hierarchy has no fields.
    fn field_mut(&mut self, _column: usize) -> Option<&mut dyn Field> {
        None
    }

    /// Takes over the columns of another object, except deferred columns that the other object has
    /// not loaded, and columns that the database has not generated.
    fn merge_from(&mut self, mut from: Self) {
        let columns = Self::COLUMNS.iter().enumerate();
        let given = columns
            .filter(|(n, column)| !(column.deferred || column.read_back) || from.is_set(*n))
            .map(|(n, _)| n)
            .collect();
        self.take_fields(given, &mut from);
    }

    /// Swaps the fields of these columns with another image of the same row. A field of several
    /// columns is swapped as a whole if `columns` has any of them.
    fn take_fields(&mut self, columns: ColumnSet, from: &mut Self) {
        let mut before = None;
        for column in columns.iter() {
            if let (Some(field), Some(other)) = (self.field_mut(column), from.field_mut(column)) {
                swap_once(field, other, &mut before);
            }
        }
    }

    /// Increments the version of optimistic locking, as one more UPDATE does.
    fn bump_version(&mut self) {}

    /// Returns `true` if the type of the version has no higher value.
    fn has_last_version(&self) -> bool {
        false
    }

    /// Takes the version of another image of the same row.
    fn copy_version(&mut self, _from: &Self) {}

    /// Returns the value of a column as debug text, for [`changes`](crate::Session::changes).
    fn show(&self, column: usize) -> String;
}
