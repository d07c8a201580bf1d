//! The crate `jiff`.

use ::jiff::Timestamp;
use ::jiff::civil::{Date, DateTime, Time};
use ::jiff::tz::Offset;
use diesel::deserialize::Queryable;

use super::*;

stored! {
    Date => CivilDate as Date,
    Time => CivilTime as Time,
    DateTime => CivilDateTime as DateTime,
    Timestamp => TimestampUtc as Instant,
}

/// Diesel implements this for chrono and `time`.
macro_rules! selected {
    ($($ty:ty: $st:ident),*) => {$(
        impl<DB: Backend> Queryable<sql_types::$st, DB> for $ty
        where
            Self: FromSql<sql_types::$st, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )*};
}

selected!(Date: CivilDate, Time: CivilTime, DateTime: CivilDateTime, Timestamp: TimestampUtc);

fn date_of(parts: &Parts) -> Option<Date> {
    let year = i16::try_from(parts.year).ok()?;
    Date::new(year, i8::try_from(parts.month).ok()?, i8::try_from(parts.day).ok()?).ok()
}

fn time_of(parts: &Parts) -> Option<Time> {
    let number = |part: u8| i8::try_from(part).ok();
    let nanos = i32::try_from(parts.micro * 1_000).ok()?;
    Time::new(number(parts.hour)?, number(parts.minute)?, number(parts.second)?, nanos).ok()
}

impl Moment for Date {
    fn parts(&self) -> Option<Parts> {
        let number = |part: i8| u8::try_from(part).ok();
        let (month, day) = (number(self.month())?, number(self.day())?);
        Some(Parts { year: self.year().into(), month, day, ..NOTHING })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        date_of(&parts)
    }
}

impl Moment for Time {
    fn parts(&self) -> Option<Parts> {
        let number = |part: i8| u8::try_from(part).ok();
        Some(Parts {
            hour: number(self.hour())?,
            minute: number(self.minute())?,
            second: number(self.second())?,
            micro: u32::try_from(self.subsec_nanosecond() / 1_000).ok()?,
            ..NOTHING
        })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        time_of(&parts)
    }
}

impl Moment for DateTime {
    fn parts(&self) -> Option<Parts> {
        let Parts { hour, minute, second, micro, .. } = self.time().parts()?;
        Some(Parts { hour, minute, second, micro, ..self.date().parts()? })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        Some(DateTime::from_parts(date_of(&parts)?, time_of(&parts)?))
    }
}

impl Moment for Timestamp {
    fn parts(&self) -> Option<Parts> {
        Offset::UTC.to_datetime(*self).parts()
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        Offset::UTC.to_timestamp(DateTime::of_parts(parts)?).ok()
    }
}
