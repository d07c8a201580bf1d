//! SQLite: a value is of the storage class it was written with, whatever the column declares.

use diesel::sqlite::{SqliteType, SqliteValue};

use crate::backend::holds::{BoxError, Holds};

impl Holds {
    /// Looks at the storage class, and whether a number has room in the field. Numbers are read as wide
    /// as they are stored.
    #[inline(always)]
    pub(in crate::backend) fn check_sqlite(
        self,
        value: &mut SqliteValue<'_, '_, '_>,
    ) -> Result<(), BoxError> {
        if self.is_usual_on_sqlite(value) { Ok(()) } else { self.check_rarer_sqlite(value) }
    }

    /// Whether the value is of the class that values of this type nearly always are of, and fits.
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

    /// What fits beside what is usual.
    #[inline(never)]
    fn check_rarer_sqlite(self, value: &mut SqliteValue<'_, '_, '_>) -> Result<(), BoxError> {
        let (found, fits) = match value.value_type() {
            Some(SqliteType::Long) => {
                if self.counts() || self.is_float() || self == Holds::Bool {
                    let fits = self.has_room(value.read_long());
                    return if fits { Ok(()) } else { Err(self.out_of_range()) };
                }
                ("a whole number", false)
            }
            Some(SqliteType::Double) => {
                let number = value.read_double();
                if self.counts() || self.is_float() {
                    let fits = self.has_room_for_float(number);
                    return if fits { Ok(()) } else { Err(self.out_of_range()) };
                }
                // A date may be a number of days, which is what `julianday()` makes.
                ("a floating point number", matches!(self, Holds::DateTime | Holds::Instant))
            }
            Some(SqliteType::Text) => match self {
                // Digits alone would be taken for a number of days.
                Holds::DateTime | Holds::Instant => {
                    let is_date = value.read_text().contains('-');
                    ("a text that is no date", is_date)
                }
                // Sixteen bytes are a UUID; a text of sixteen letters is none.
                Holds::Uuid => ("a text that is no UUID", value.read_text().len() != 16),
                _ => ("a text", false),
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

/// Whether a value is the date `0000-00-00`, with a time or without.
pub(in crate::backend) fn is_zero_date(value: &mut SqliteValue<'_, '_, '_>) -> bool {
    value.value_type() == Some(SqliteType::Text) && value.read_text().starts_with("0000-00-00")
}
