//! Images of objects: what has changed, and how an object takes values over.

use super::{ColumnSet, LeftOut, Mapped};

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

    /// Takes over the columns of another object, but for deferred ones that it has not loaded.
    fn merge_from(&mut self, from: Self);

    /// Exchanges the fields of these columns with those of another image of the same row. A field of
    /// several columns is exchanged whole if any of them is named.
    fn take_fields(&mut self, columns: ColumnSet, from: &mut Self);

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
