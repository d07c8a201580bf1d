//! A row as a plain struct.

use crate::backend::Row;
use crate::error::Result;
use crate::map::{complete, decode_error};
use crate::mapping::{ColumnSet, Entity};

/// Reads an object from a row, without the identity map. `number` is the number of the row.
#[inline]
pub(in crate::session) fn read_untracked<T: Entity>(
    row: &mut Row<'_, '_>,
    number: usize,
    undeferred: ColumnSet,
) -> Result<T> {
    let subtype = T::META.subtype_meta();
    row.begin_object(0, subtype.map_or(&[], |subtype| subtype.layout));
    let key = T::decode_key(row).map_err(|error| {
        let mut error = decode_error::<T>(None, row, 0, error);
        error.of_row(number);
        error
    })?;
    row.rewind(0);
    let fail = |row: &Row<'_, '_>, error| decode_error::<T>(Some(&key), row, 0, error);
    let started = row.start_decoding();
    let mut object = T::decode(row, &key).map_err(|error| fail(row, error))?;
    row.end_decoding(started);
    if subtype.is_some() {
        row.rewind(T::META.visible().count());
    }
    for column in undeferred.iter() {
        if T::HAS.contains(column) {
            object.decode_column(column, row).map_err(|error| fail(row, error))?;
        } else {
            row.skip(1);
        }
    }
    complete(&mut object, &key)?;
    Ok(object)
}
