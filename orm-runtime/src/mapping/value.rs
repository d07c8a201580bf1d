//! What change tracking requires of the type of a column.

use super::{Auto, AutoKey, Deferred};

/// A type that a column can have. Change tracking clones its values when an object is first
/// accessed mutably, and compares them at the flush.
///
/// Implemented for every type that the derive knows, and for `Option`, [`Deferred`] and [`Auto`] of
/// these types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    label = "not a column type",
    note = "column types are the integers, f32, f64, bool, String, Vec<u8>, Decimal, Json<T>, the types of chrono, time and jiff, Uuid, and `Option` or `Deferred` of each"
)]
pub trait ColumnValue: Clone + std::fmt::Debug + Send + 'static {
    /// Returns `true` if the database would store both as the same value.
    fn same(&self, other: &Self) -> bool;

    /// Returns about how many bytes the value adds to a statement beyond its fixed size.
    fn payload(&self) -> usize {
        0
    }
}

macro_rules! compared_by_eq {
    ($($ty:ty),* $(,)?) => {$(
        impl ColumnValue for $ty {
            #[inline]
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

compared_by_eq!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

#[cfg(feature = "uuid")]
compared_by_eq!(uuid::Uuid);

#[cfg(feature = "chrono")]
compared_by_eq!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>,
);

#[cfg(feature = "time")]
compared_by_eq!(time::Date, time::Time, time::PrimitiveDateTime, time::OffsetDateTime);

#[cfg(feature = "jiff")]
compared_by_eq!(jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp);

/// Compares floats by their bits: a loaded NaN is not a change, and -0.0 is not 0.0.
macro_rules! compared_by_bits {
    ($($ty:ty),*) => {$(
        impl ColumnValue for $ty {
            #[inline]
            fn same(&self, other: &Self) -> bool {
                self.to_bits() == other.to_bits()
            }
        }
    )*};
}

compared_by_bits!(f32, f64);

impl ColumnValue for String {
    #[inline]
    fn same(&self, other: &Self) -> bool {
        self == other
    }

    fn payload(&self) -> usize {
        self.len()
    }
}

impl ColumnValue for Vec<u8> {
    #[inline]
    fn same(&self, other: &Self) -> bool {
        self == other
    }

    fn payload(&self) -> usize {
        self.len()
    }
}

/// Implements the trait for PostgreSQL's arrays.
macro_rules! arrays {
    ($($ty:ty),* $(,)?) => {$(
        arrays!(@ $ty);
        arrays!(@ Option<$ty>);
    )*};
    (@ $ty:ty) => {
        #[cfg(feature = "postgres")]
        impl ColumnValue for Vec<$ty> {
            fn same(&self, other: &Self) -> bool {
                self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.same(b))
            }

            fn payload(&self) -> usize {
                self.iter().map(|element| size_of::<$ty>() + element.payload()).sum()
            }
        }
    };
}

arrays!(bool, i16, i32, i64, f32, f64, String, Vec<u8>);

#[cfg(feature = "uuid")]
arrays!(uuid::Uuid);

#[cfg(feature = "decimal")]
arrays!(rust_decimal::Decimal);

#[cfg(feature = "chrono")]
arrays!(chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>,);

/// PostgreSQL's ranges. PostgreSQL converts a range of integers or dates to the form
/// `[first, last)`.
#[cfg(feature = "postgres")]
impl<T: ColumnValue + PartialEq> ColumnValue for (std::ops::Bound<T>, std::ops::Bound<T>) {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<K: AutoKey + Send + 'static> ColumnValue for Auto<K> {
    #[inline]
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: ColumnValue> ColumnValue for Option<T> {
    #[inline]
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            _ => false,
        }
    }

    fn payload(&self) -> usize {
        self.as_ref().map_or(0, T::payload)
    }
}

impl<T: ColumnValue + Sync> ColumnValue for Deferred<T> {
    fn same(&self, other: &Self) -> bool {
        self.same_by(other, T::same)
    }

    fn payload(&self) -> usize {
        self.value().map_or(0, T::payload)
    }
}
