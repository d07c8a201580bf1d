//! MySQL and MariaDB: a value has the type of its column or of its expression.

use diesel::deserialize::FromSql;
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType as Type, MysqlValue};

use crate::backend::holds::{BoxError, Holds};

impl Holds {
    /// Checks the type of a value, and that a number is in the field's range.
    #[inline(always)]
    pub(in crate::backend) fn check_mysql(self, value: &MysqlValue<'_>) -> Result<(), BoxError> {
        let fits = matches!(
            (self, value.value_type()),
            (Holds::Any, _)
                | (Holds::I64, Type::LongLong)
                | (Holds::U64, Type::UnsignedLongLong)
                | (Holds::I32, Type::Long)
                | (Holds::I16, Type::Short)
                | (Holds::F64, Type::Double)
                | (Holds::F32, Type::Float)
                | (
                    Holds::Text | Holds::Bytes | Holds::Json | Holds::Uuid,
                    Type::String | Type::Blob | Type::Enum | Type::Set,
                )
        );
        if fits { Ok(()) } else { self.check_rarer_mysql(value) }
    }

    /// Checks values of less common types.
    #[inline(never)]
    fn check_rarer_mysql(self, value: &MysqlValue<'_>) -> Result<(), BoxError> {
        let is_number = self.counts() || matches!(self, Holds::F32 | Holds::F64);
        let ty = value.value_type();
        let fits = match ty {
            Type::Float | Type::Double if is_number => {
                let number = match ty {
                    Type::Float => f32::from_ne_bytes(first(value)?).into(),
                    _ => f64::from_ne_bytes(first(value)?),
                };
                self.has_room_for_float(number)
            }
            // The type of a sum of integers. Diesel would truncate the digits after the decimal
            // point.
            Type::Numeric if self.counts() => {
                let text = std::str::from_utf8(value.as_bytes())?;
                let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
                behind.bytes().all(|digit| digit == b'0')
                    && match self {
                        Holds::U64 => whole.parse::<u64>().is_ok(),
                        _ => whole.parse().is_ok_and(|number| self.has_room(number)),
                    }
            }
            Type::Numeric => is_number,
            Type::Date | Type::DateTime | Type::Timestamp | Type::Time => {
                return self.check_moment(value);
            }
            _ if is_number || self == Holds::Bool => match whole(value)? {
                Some(Whole::Small(number)) => self.has_room(number),
                Some(Whole::Large) => self == Holds::U64,
                None => return Err(self.unfit(found(ty))),
            },
            _ => return Err(self.unfit(found(ty))),
        };
        match fits {
            true => Ok(()),
            false if is_number => Err(self.out_of_range()),
            false => Err(self.unfit(found(ty))),
        }
    }
}

impl Holds {
    /// Checks a date or a time, because MySQL has values that are neither.
    fn check_moment(self, value: &MysqlValue<'_>) -> Result<(), BoxError> {
        let ty = value.value_type();
        // Diesel has no error message for a negative time.
        let Ok(moment) = moment(value) else { return Err(self.unfit("a negative time")) };
        let MysqlTime { month, day, hour, minute, second, second_part, .. } = moment;
        let at_midnight = (hour, minute, second, second_part) == (0, 0, 0, 0);
        let fits = match self {
            Holds::Time => ty == Type::Time,
            Holds::Date => ty == Type::Date || ty != Type::Time && at_midnight,
            Holds::DateTime | Holds::Instant => ty != Type::Time,
            _ => false,
        };
        match (ty, self) {
            _ if !fits => Err(self.unfit(found(ty))),
            (Type::Time, _) if hour > 23 => Err(self.unfit("a time longer than a day")),
            (Type::Time, _) => Ok(()),
            _ if moment.year == 0 && (month, day) == (0, 0) => {
                let cure = "read it as None with #[entity(zero_date_as_none)] on an Option";
                Err(format!("found the zero date 0000-00-00; {cure}").into())
            }
            _ if month == 0 || day == 0 => Err(self.unfit("a date without a month or a day")),
            _ => Ok(()),
        }
    }
}

/// Returns `true` if a value is the date `0000-00-00`, with or without a time.
pub(in crate::backend) fn is_zero_date(value: &MysqlValue<'_>) -> bool {
    let is_date = matches!(value.value_type(), Type::Date | Type::DateTime | Type::Timestamp);
    is_date && moment(value).is_ok_and(|it| (it.year, it.month, it.day) == (0, 0, 0))
}

fn moment(value: &MysqlValue<'_>) -> Result<MysqlTime, BoxError> {
    FromSql::<diesel::sql_types::Timestamp, Mysql>::from_sql(value.clone())
}

enum Whole {
    Small(i64),
    /// A number that only a `BIGINT UNSIGNED` holds.
    Large,
}

/// Returns an integer, or `None` if the value is not an integer.
fn whole(value: &MysqlValue<'_>) -> Result<Option<Whole>, BoxError> {
    Ok(Some(Whole::Small(match value.value_type() {
        Type::Tiny => i8::from_ne_bytes(first(value)?).into(),
        Type::UnsignedTiny => u8::from_ne_bytes(first(value)?).into(),
        Type::Short => i16::from_ne_bytes(first(value)?).into(),
        Type::UnsignedShort => u16::from_ne_bytes(first(value)?).into(),
        Type::Long => i32::from_ne_bytes(first(value)?).into(),
        Type::UnsignedLong => u32::from_ne_bytes(first(value)?).into(),
        Type::LongLong => i64::from_ne_bytes(first(value)?),
        Type::UnsignedLongLong => match i64::try_from(u64::from_ne_bytes(first(value)?)) {
            Ok(number) => number,
            Err(_) => return Ok(Some(Whole::Large)),
        },
        // BIT(1), which other programs use as a boolean.
        Type::Bit if value.as_bytes().len() == 1 => u8::from_ne_bytes(first(value)?).into(),
        _ => return Ok(None),
    })))
}

/// Returns the first bytes of a value.
fn first<const N: usize>(value: &MysqlValue<'_>) -> Result<[u8; N], BoxError> {
    match value.as_bytes().first_chunk() {
        Some(bytes) => Ok(*bytes),
        None => Err("the server sent too few bytes for a number".into()),
    }
}

/// Describes the type of a value.
fn found(ty: Type) -> &'static str {
    match ty {
        Type::Tiny
        | Type::UnsignedTiny
        | Type::Short
        | Type::UnsignedShort
        | Type::Long
        | Type::UnsignedLong
        | Type::LongLong
        | Type::UnsignedLongLong => "an integer",
        Type::Float | Type::Double => "a floating point number",
        Type::Numeric => "a decimal",
        Type::Time => "a time",
        Type::Date => "a date",
        Type::DateTime | Type::Timestamp => "a date and time",
        Type::String => "text",
        // Text with a binary collation arrives as bytes.
        Type::Blob => "text or bytes",
        Type::Bit => "bits",
        Type::Set => "a set",
        Type::Enum => "a code of an enum",
        _ => "a value of another type",
    }
}
