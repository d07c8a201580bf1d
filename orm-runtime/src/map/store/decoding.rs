//! Creates objects from rows, and errors about values that cannot be read.

use super::row_policy::RowPolicy;
use super::subtype_checks::subtype_of_row;
use crate::backend::{Row, Unread, is_secret_column};
use crate::error::{Error, Result};
use crate::mapping::Entity;

/// Creates an object from a row whose key has been read.
#[inline]
pub(super) fn decode<T: Entity>(
    row: &mut Row<'_, '_>,
    start: usize,
    key: &T::Key,
    how: &RowPolicy,
) -> Result<T> {
    let fail = |row: &Row<'_, '_>, error| match row.lacks_level() {
        Some(subtype) => subtype_of_row::<T>(key, subtype, how.meta),
        None => decode_error::<T>(Some(key), row, start, error),
    };
    let started = row.start_decoding();
    let mut object = T::decode(row, key).map_err(|error| fail(row, error))?;
    row.end_decoding(started);
    if T::META.hierarchy.is_some() {
        if !how.meta.includes(object.subtype()) {
            return Err(subtype_of_row::<T>(key, object.subtype(), how.meta));
        }
        row.rewind(start + how.width);
    }
    for column in how.undeferred.iter() {
        object.decode_column(column, row).map_err(|error| fail(row, error))?;
    }
    Ok(object)
}

/// Reads the key of a row that begins with it.
pub(crate) fn read_key<T: Entity>(row: &mut Row<'_, '_>) -> Result<T::Key> {
    T::decode_leading_key(row).map_err(|error| decode_error::<T>(None, row, 0, error))
}

/// Runs the hook after a load. The hook must not change the key, because the index has the object
/// under the key of its row.
#[inline]
pub(crate) fn complete<T: Entity>(object: &mut T, key: &T::Key) -> Result<()> {
    if !T::COMPLETES {
        return Ok(());
    }
    object.complete();
    if object.key().as_ref() == Some(key) {
        return Ok(());
    }
    Err(Error::InvalidState {
        entity: T::META.name,
        key: Some(format!("{key:?}")),
        action: "loaded",
        reason: "its after_load changes the key",
    })
}

/// Creates the error about a value that cannot be read, with the entity, the key and the column.
#[cold]
pub(crate) fn decode_error<T: Entity>(
    key: Option<&T::Key>,
    row: &Row<'_, '_>,
    start: usize,
    error: diesel::result::Error,
) -> Error {
    let position = row.position().saturating_sub(1);
    let column = row.name(position).or_else(|| {
        let visible = T::META.columns.iter().filter(|column| !column.deferred);
        visible.skip(position.saturating_sub(start)).map(|column| column.name.to_owned()).next()
    });
    let column = column.unwrap_or_else(|| format!("number {}", position + 1));
    Error::Decode {
        entity: T::META.name,
        key: key.map(|key| format!("{key:?}")),
        row: None,
        source: source(&column, error),
        column,
    }
}

/// Creates the error about a selected value that cannot be read, with its column. `entity` is the
/// entity of the query.
#[cold]
pub(crate) fn unread(entity: &'static str, row: &Row<'_, '_>, unread: Unread) -> Error {
    let Unread { column, error } = unread;
    let name = column.and_then(|column| row.name(column)).filter(|name| !name.is_empty());
    let column = name.unwrap_or_else(|| format!("number {}", column.unwrap_or(0) + 1));
    let source = source(&column, diesel::result::Error::DeserializationError(error));
    Error::Decode { entity, key: None, row: None, source, column }
}

/// Returns what is wrong with a value, without the value, which some of Diesel's errors about dates
/// repeat, and which a conversion of the program may repeat.
fn source(column: &str, error: diesel::result::Error) -> Box<dyn std::error::Error + Send + Sync> {
    if is_secret_column(column) {
        return "found a value that does not fit the field; the column is secret".into();
    }
    let source = match error {
        diesel::result::Error::DeserializationError(source) => source,
        other => return Box::new(other),
    };
    // The error of a tuple has the number of the field and the actual error.
    let source = match source.downcast::<diesel::result::DeserializeFieldError>() {
        Ok(of_field) => of_field.error,
        Err(source) => source,
    };
    let text = source.to_string();
    for (said, what) in REPEATING {
        if text.starts_with(said) {
            return format!("found a value that is not a {what}").into();
        }
    }
    source
}

/// The beginnings of Diesel's errors that repeat a date or a time, and the expected type.
const REPEATING: [(&str, &str); 4] = [
    ("Invalid datetime ", "date and time"),
    ("Invalid time ", "time of day"),
    ("Cannot parse this date", "date and time"),
    ("Unable to convert ", "date or time of day"),
];
