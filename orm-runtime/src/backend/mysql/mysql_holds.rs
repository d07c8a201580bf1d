//! MySQL and MariaDB: the type of a value is that of its column, or of its expression.

use diesel::deserialize::FromSql;
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType as Type, MysqlValue};

use crate::backend::holds::{BoxError, Holds};

impl Holds {
    /// Looks at the type of a value, and at a number whether there is room for it.
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

    /// What fits beside what is usual.
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
            // What the sum of whole numbers is. Diesel would cut the digits behind the point off.
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
    /// Looks at a date or a time, of which MySQL has some that are none.
    fn check_moment(self, value: &MysqlValue<'_>) -> Result<(), BoxError> {
        let ty = value.value_type();
        // Diesel has no words for a time below zero.
        let Ok(moment) = moment(value) else { return Err(self.unfit("a time below zero")) };
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
                Err(format!("found the date 0000-00-00, which is none; {cure}").into())
            }
            _ if month == 0 || day == 0 => Err(self.unfit("a date without a month or a day")),
            _ => Ok(()),
        }
    }
}

/// Whether a value is the date `0000-00-00`, with a time or without.
pub(in crate::backend) fn is_zero_date(value: &MysqlValue<'_>) -> bool {
    let is_date = matches!(value.value_type(), Type::Date | Type::DateTime | Type::Timestamp);
    is_date && moment(value).is_ok_and(|it| (it.year, it.month, it.day) == (0, 0, 0))
}

fn moment(value: &MysqlValue<'_>) -> Result<MysqlTime, BoxError> {
    FromSql::<diesel::sql_types::Timestamp, Mysql>::from_sql(value.clone())
}

enum Whole {
    Small(i64),
    /// One that only a `BIGINT UNSIGNED` holds.
    Large,
}

/// A whole number, or nothing where the value is none.
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
        // BIT(1), which other programs take for a boolean.
        Type::Bit if value.as_bytes().len() == 1 => u8::from_ne_bytes(first(value)?).into(),
        _ => return Ok(None),
    })))
}

/// The first bytes of a value.
fn first<const N: usize>(value: &MysqlValue<'_>) -> Result<[u8; N], BoxError> {
    match value.as_bytes().first_chunk() {
        Some(bytes) => Ok(*bytes),
        None => Err("the server has sent too few bytes for a number".into()),
    }
}

/// The type of a value, in words.
fn found(ty: Type) -> &'static str {
    match ty {
        Type::Tiny
        | Type::UnsignedTiny
        | Type::Short
        | Type::UnsignedShort
        | Type::Long
        | Type::UnsignedLong
        | Type::LongLong
        | Type::UnsignedLongLong => "a whole number",
        Type::Float | Type::Double => "a floating point number",
        Type::Numeric => "a decimal",
        Type::Time => "a time",
        Type::Date => "a date",
        Type::DateTime | Type::Timestamp => "a date and time",
        Type::String => "a text",
        // A text that is compared byte by byte comes as bytes.
        Type::Blob => "a text or bytes",
        Type::Bit => "bits",
        Type::Set => "a set",
        Type::Enum => "a code of an enum",
        _ => "a value of another type",
    }
}
