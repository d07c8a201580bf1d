//! The values of an entity's columns, which statements bind and rows hold.

use diesel::QueryResult;

use super::{ColumnMeta, Key};
use crate::backend::{Row, SqlWriter};

/// Moves values between one object and one statement or row. It uses no connection and decides
/// nothing.
///
/// The code that sends statements and loads rows uses it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait Mapped: Sized + Send + Sync + 'static {
    /// The type of the primary key: the type of the field, or a tuple if the key has several.
    type Key: Key;

    /// The columns, in the order of the fields.
    ///
    /// They are not part of [`META`](Self::META), so that two entities that reference each other
    /// can read each other's columns at compile time.
    const COLUMNS: &'static [ColumnMeta];

    /// Binds the value of one column.
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;

    /// Binds one part of a key.
    fn bind_key<'b>(
        key: &'b Self::Key,
        part: usize,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;

    /// Creates an object from a row that holds the columns that are not deferred, in order. The key
    /// has already been read.
    fn decode(row: &mut Row<'_, '_>, key: &Self::Key) -> QueryResult<Self>;

    /// Reads only the key of such a row.
    fn decode_key(row: &mut Row<'_, '_>) -> QueryResult<Self::Key>;

    /// Reads a key from adjacent columns.
    fn decode_leading_key(row: &mut Row<'_, '_>) -> QueryResult<Self::Key> {
        Self::decode_key(row)
    }

    /// Reads one column into the object: a deferred column, or one that the database makes.
    fn decode_column(&mut self, _column: usize, _row: &mut Row<'_, '_>) -> QueryResult<()> {
        Err(diesel::result::Error::NotFound)
    }
}
