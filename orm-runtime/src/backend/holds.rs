//! What a column of an SQL type holds, and whether a value is that: looked at before the value is
//! read, because Diesel, SQLite and the servers convert some of what does not fit in silence.

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

/// What values of an SQL type are, so that a value of another kind is an error and not a guess.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The type's own conversion looks for itself.
    Any,
    I16,
    I32,
    I64,
    /// On the databases without such integers those of 64 bits that are not below zero.
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
    /// What the field holds, in words.
    fn words(self) -> &'static str {
        match self {
            Holds::Any => "another value",
            Holds::I16 => "a whole number of 16 bits",
            Holds::I32 => "a whole number of 32 bits",
            Holds::I64 => "a whole number of 64 bits",
            Holds::U64 => "a whole number of 64 bits that is not below zero",
            Holds::F32 => "a floating point number of 32 bits",
            Holds::F64 => "a floating point number of 64 bits",
            Holds::Bool => "true or false",
            Holds::Text => "a text",
            Holds::Bytes => "bytes",
            Holds::Date => "a date",
            Holds::Time => "a time of day",
            Holds::DateTime => "a date and time",
            Holds::Instant => "a point in time",
            Holds::Uuid => "a UUID",
            Holds::Json => "a document",
        }
    }

    pub(super) fn counts(self) -> bool {
        matches!(self, Holds::I16 | Holds::I32 | Holds::I64 | Holds::U64)
    }

    /// Whether a whole number is one that the field holds.
    #[inline(always)]
    pub(super) fn has_room(self, number: i64) -> bool {
        match self {
            Holds::I16 => i16::try_from(number).is_ok(),
            Holds::I32 => i32::try_from(number).is_ok(),
            Holds::U64 => number >= 0,
            Holds::Bool => matches!(number, 0 | 1),
            // Every float up to here is exact.
            Holds::F32 => number.unsigned_abs() <= 1 << f32::MANTISSA_DIGITS,
            Holds::F64 => number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS,
            _ => true,
        }
    }

    /// Whether a float is a value that the field holds: a whole number in its range, or a float in that
    /// of its width.
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

    /// The error for a value of another kind, which it does not repeat.
    #[cold]
    pub(super) fn unfit(self, found: &str) -> BoxError {
        format!("found {found}, and the field holds {}", self.words()).into()
    }

    /// The error for a number that the field has no room for.
    #[cold]
    pub(super) fn out_of_range(self) -> BoxError {
        self.unfit("a number out of its range")
    }
}
