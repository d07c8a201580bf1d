//! Images of objects: what has changed, and how an object takes values over.

use super::field::swap_once;
use super::{ColumnSet, Field, LeftOut, Mapped};

/// Compares and copies objects, for change tracking.
///
/// Asked for by the identity map.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Tracked: Mapped {
    /// Gives the object the key that the database made, or takes it back.
    fn set_auto_key(&mut self, _key: Option<i64>) {}

    /// A copy of the columns, for change tracking; fields that are not columns are defaults.
    fn snapshot(&self) -> Self;

    /// The columns whose values differ.
    fn diff(&self, before: &Self) -> ColumnSet;

    /// Whether a column has a value: only an unloaded [`Deferred`](super::Deferred) and an unset
    /// [`Auto`](super::Auto) have none.
    fn is_set(&self, _column: usize) -> bool {
        true
    }

    /// Whether a column has no value because it was left out when the row was read.
    fn left_out(&self, _column: usize) -> LeftOut {
        None
    }

    /// Takes back values that the database has made, and lets go of deferred ones.
    fn unmake(&mut self, _columns: ColumnSet) {}

    /// About how many bytes the object adds to an INSERT beyond its fixed size.
    fn payload(&self) -> usize;

    /// Takes over the fields that are not columns when a row replaces an object.
    fn keep_skipped(&mut self, _before: &mut Self) {}

    /// Returns the field of a column. A field of several columns is that of each of them, and these
    /// columns are side by side.
    ///
    /// The enum of a hierarchy has no field of its own.
    fn field_mut(&mut self, _column: usize) -> Option<&mut dyn Field> {
        None
    }

    /// Takes the columns of another object, except for deferred ones that it has not loaded, and those
    /// that the database has not made.
    fn merge_from(&mut self, mut from: Self) {
        let columns = Self::COLUMNS.iter().enumerate();
        let given = columns
            .filter(|(n, column)| !(column.deferred || column.read_back) || from.is_set(*n))
            .map(|(n, _)| n)
            .collect();
        self.take_fields(given, &mut from);
    }

    /// Exchanges the fields of these columns with those of another image of the same row. A field of
    /// several columns is exchanged whole if any of them is named.
    fn take_fields(&mut self, columns: ColumnSet, from: &mut Self) {
        let mut before = None;
        for column in columns.iter() {
            if let (Some(field), Some(other)) = (self.field_mut(column), from.field_mut(column)) {
                swap_once(field, other, &mut before);
            }
        }
    }

    /// The version of optimistic locking after one more UPDATE.
    fn bump_version(&mut self) {}

    /// Whether the type of the version has no room for another one.
    fn has_last_version(&self) -> bool {
        false
    }

    /// Takes the version of another image of the same row.
    fn copy_version(&mut self, _from: &Self) {}

    /// Debug text of a column's value, for [`changes`](crate::Session::changes).
    fn show(&self, column: usize) -> String;
}
