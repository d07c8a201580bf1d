//! What a column of an SQL type holds, and whether a value fits. The check comes before a value is
//! read, because Diesel, SQLite and the servers silently convert some values that do not fit.

mod checked_row;
#[cfg(all(feature = "sqlite", any(feature = "chrono", feature = "time")))]
mod date_text;

use super::HasColumnType;

#[cfg(feature = "mysql")]
pub(super) use checked_row::row_mysql;
#[cfg(feature = "postgres")]
pub(super) use checked_row::row_pg;
#[cfg(feature = "sqlite")]
pub(super) use checked_row::row_sqlite;
pub use checked_row::{SelectedTypes, Unread};
#[cfg(all(feature = "sqlite", any(feature = "chrono", feature = "time")))]
pub(super) use date_text::read as read_date_text;

/// The values of an SQL type, so that a value of another kind is an error rather than a guess.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The type's own conversion checks.
    Any,
    I16,
    I32,
    I64,
    /// On databases without unsigned 64-bit integers, the non-negative signed ones.
    U64,
    F32,
    F64,
    Bool,
    Text,
    Bytes,
    Date,
    Time,
    DateTime,
    Instant,
    Uuid,
    Json,
}

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Holds {
    /// Describes what the field holds.
    fn words(self) -> &'static str {
        match self {
            Holds::Any => "another value",
            Holds::I16 => "a 16-bit integer",
            Holds::I32 => "a 32-bit integer",
            Holds::I64 => "a 64-bit integer",
            Holds::U64 => "a non-negative 64-bit integer",
            Holds::F32 => "a 32-bit floating point number",
            Holds::F64 => "a 64-bit floating point number",
            Holds::Bool => "a boolean",
            Holds::Text => "text",
            Holds::Bytes => "bytes",
            Holds::Date => "a date",
            Holds::Time => "a time of day",
            Holds::DateTime => "a date and time",
            Holds::Instant => "a point in time",
            Holds::Uuid => "a UUID",
            Holds::Json => "a JSON document",
        }
    }

    pub(super) fn counts(self) -> bool {
        matches!(self, Holds::I16 | Holds::I32 | Holds::I64 | Holds::U64)
    }

    /// Returns `true` if the field holds this integer.
    #[inline(always)]
    pub(super) fn has_room(self, number: i64) -> bool {
        match self {
            Holds::I16 => i16::try_from(number).is_ok(),
            Holds::I32 => i32::try_from(number).is_ok(),
            Holds::U64 => number >= 0,
            Holds::Bool => matches!(number, 0 | 1),
            // Every integer up to here is an exact float.
            Holds::F32 => number.unsigned_abs() <= 1 << f32::MANTISSA_DIGITS,
            Holds::F64 => number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS,
            _ => true,
        }
    }

    /// Returns `true` if the field holds this float: an integer in its range, or a float of its
    /// width.
    pub(super) fn has_room_for_float(self, number: f64) -> bool {
        const END: f64 = 9_223_372_036_854_775_808.0;
        match self {
            Holds::F64 => true,
            Holds::F32 => !number.is_finite() || number.abs() <= f64::from(f32::MAX),
            Holds::I16 | Holds::I32 | Holds::I64 | Holds::U64 => {
                number.fract() == 0.0
                    && (-END..END).contains(&number)
                    && self.has_room(number as i64)
            }
            _ => false,
        }
    }

    /// Returns the error for a value of another kind, which it does not repeat.
    #[cold]
    pub(super) fn unfit(self, found: &str) -> BoxError {
        format!("found {found}, but the field holds {}", self.words()).into()
    }

    /// Returns the error for a number that is out of the field's range.
    #[cold]
    pub(super) fn out_of_range(self) -> BoxError {
        self.unfit("a number out of range")
    }
}
