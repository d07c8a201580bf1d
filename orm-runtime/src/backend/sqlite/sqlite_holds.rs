//! SQLite: a value has the storage class with which it was written, whatever the column declares.

use diesel::sqlite::{SqliteType, SqliteValue};

use crate::backend::holds::{BoxError, Holds};

impl Holds {
    /// Checks the storage class, and that a number is in the field's range. Numbers are read in the
    /// width in which they are stored.
    #[inline(always)]
    pub(in crate::backend) fn check_sqlite(
        self,
        value: &mut SqliteValue<'_, '_, '_>,
    ) -> Result<(), BoxError> {
        if self.is_usual_on_sqlite(value) { Ok(()) } else { self.check_rarer_sqlite(value) }
    }

    /// Returns `true` if the value has the usual class for this type, and fits.
    #[inline(always)]
    fn is_usual_on_sqlite(self, value: &mut SqliteValue<'_, '_, '_>) -> bool {
        let class = match self {
            Holds::Any => return true,
            Holds::I16 | Holds::I32 | Holds::I64 | Holds::U64 | Holds::Bool => SqliteType::Long,
            Holds::F64 => SqliteType::Double,
            Holds::Text | Holds::Date | Holds::Time | Holds::Json => SqliteType::Text,
            Holds::Bytes => SqliteType::Binary,
            Holds::F32 | Holds::DateTime | Holds::Instant | Holds::Uuid => return false,
        };
        value.value_type() == Some(class)
            && match self {
                Holds::I16 | Holds::I32 | Holds::U64 | Holds::Bool => {
                    self.has_room(value.read_long())
                }
                _ => true,
            }
    }

    /// Checks values of less common classes.
    #[inline(never)]
    fn check_rarer_sqlite(self, value: &mut SqliteValue<'_, '_, '_>) -> Result<(), BoxError> {
        let (found, fits) = match value.value_type() {
            Some(SqliteType::Long) => {
                if self.counts() || self.is_float() || self == Holds::Bool {
                    let fits = self.has_room(value.read_long());
                    return if fits { Ok(()) } else { Err(self.out_of_range()) };
                }
                ("an integer", false)
            }
            Some(SqliteType::Double) => {
                let number = value.read_double();
                if self.counts() || self.is_float() {
                    let fits = self.has_room_for_float(number);
                    return if fits { Ok(()) } else { Err(self.out_of_range()) };
                }
                // A date may be a number of days, as `julianday()` returns it.
                ("a floating point number", matches!(self, Holds::DateTime | Holds::Instant))
            }
            Some(SqliteType::Text) => match self {
                // Digits alone would be read as a number of days.
                Holds::DateTime | Holds::Instant => {
                    let is_date = value.read_text().contains('-');
                    ("text that is not a date", is_date)
                }
                // Sixteen bytes are a UUID; sixteen characters of text are not.
                Holds::Uuid => ("text that is not a UUID", value.read_text().len() != 16),
                _ => ("text", false),
            },
            Some(SqliteType::Binary) => ("bytes", self == Holds::Uuid),
            _ => ("NULL", true),
        };
        if fits { Ok(()) } else { Err(self.unfit(found)) }
    }

    fn is_float(self) -> bool {
        matches!(self, Holds::F32 | Holds::F64)
    }
}

/// Returns `true` if a value is the date `0000-00-00`, with or without a time.
pub(in crate::backend) fn is_zero_date(value: &mut SqliteValue<'_, '_, '_>) -> bool {
    value.value_type() == Some(SqliteType::Text) && value.read_text().starts_with("0000-00-00")
}
