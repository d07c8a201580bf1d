//! Dates and times of the crates `time` and `jiff`, and of the crate itself, with microsecond
//! precision. All are stored in the same format, which chrono reads as well.

#[cfg(feature = "jiff")]
mod jiff;
mod last_moment;
#[cfg(any(feature = "sqlite", test))]
mod moment_text;
#[cfg(all(any(feature = "sqlite", test), any(feature = "time", feature = "jiff")))]
mod read_moment;
#[cfg(feature = "time")]
mod time;

pub(crate) use last_moment::LastMoment;

use super::*;

/// The parts of a date, a time of day, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    year: i32,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    micro: u32,
}

/// Fills in the date of a time without a date, and the time of a date without a time.
const NOTHING: Parts = Parts { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, micro: 0 };

/// A type with such parts; the parts of a point in time are in UTC.
trait Moment: Sized {
    /// Returns the parts, unless the point in time is after the last day in UTC.
    fn parts(&self) -> Option<Parts>;
    /// Returns the value with these parts, if there is one.
    #[cfg(any(feature = "time", feature = "jiff"))]
    fn of_parts(parts: Parts) -> Option<Self>;
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Time,
    DateTime,
    /// With an offset from UTC, if the database writes it.
    Instant,
}

const TOO_LATE: &str = "the point in time is too far from today";
#[cfg(any(feature = "time", feature = "jiff"))]
const NO_MOMENT: &str = "it is not a date or time that the field can hold";

impl Parts {
    /// Returns the days since 1 January 2000, PostgreSQL's epoch.
    fn days(&self) -> i64 {
        // Years that begin in March have the leap day at their end; 400 of them are 146,097 days.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month > 2 { year } else { year - 1 };
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year * 365 + year / 4 - year / 100 + day_of_year;
        era * 146_097 + day_of_era - 730_425
    }

    /// Returns the microseconds since midnight.
    #[cfg(feature = "postgres")]
    fn micros(&self) -> i64 {
        let seconds =
            (i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        seconds * 1_000_000 + i64::from(self.micro)
    }

    fn with_days(mut self, days: i64) -> Option<Self> {
        let days = days.checked_add(730_425)?;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        self.day = (day_of_year - (153 * month + 2) / 5 + 1) as u8;
        self.month = (if month < 10 { month + 3 } else { month - 9 }) as u8;
        let next = i64::from(self.month <= 2);
        self.year = i32::try_from(year + era.checked_mul(400)? + next).ok()?;
        Some(self)
    }

    #[cfg(all(feature = "postgres", any(feature = "time", feature = "jiff")))]
    fn with_micros(mut self, micros: i64) -> Self {
        let seconds = micros / 1_000_000;
        self.micro = (micros % 1_000_000) as u32;
        self.second = (seconds % 60) as u8;
        self.minute = (seconds / 60 % 60) as u8;
        self.hour = (seconds / 3_600) as u8;
        self
    }
}

#[cfg(feature = "sqlite")]
fn write_sqlite(
    moment: &impl Moment,
    kind: Kind,
    out: &mut Output<'_, '_, Sqlite>,
) -> serialize::Result {
    let parts = moment.parts().ok_or(TOO_LATE)?;
    out.set_value(moment_text::write(&parts, kind));
    Ok(IsNull::No)
}

#[cfg(any(feature = "time", feature = "jiff"))]
#[cfg(feature = "sqlite")]
fn read_sqlite<T: Moment>(
    mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
    kind: Kind,
) -> deserialize::Result<T> {
    let parts = read_moment::read(value.read_text(), kind);
    Ok(parts.and_then(T::of_parts).ok_or(NO_MOMENT)?)
}

#[cfg(feature = "postgres")]
fn write_pg(moment: &impl Moment, kind: Kind, out: &mut Output<'_, '_, Pg>) -> serialize::Result {
    use std::io::Write;
    let parts = moment.parts().ok_or(TOO_LATE)?;
    match kind {
        Kind::Date => out.write_all(&i32::try_from(parts.days())?.to_be_bytes())?,
        Kind::Time => out.write_all(&parts.micros().to_be_bytes())?,
        Kind::DateTime | Kind::Instant => {
            let micros = parts.days() * 86_400_000_000 + parts.micros();
            out.write_all(&micros.to_be_bytes())?;
        }
    }
    Ok(IsNull::No)
}

#[cfg(any(feature = "time", feature = "jiff"))]
#[cfg(feature = "postgres")]
fn read_pg<T: Moment>(
    value: <Pg as diesel::backend::Backend>::RawValue<'_>,
    kind: Kind,
) -> deserialize::Result<T> {
    const DAY: i64 = 86_400_000_000;
    let bytes = value.as_bytes();
    let parts = match kind {
        Kind::Date => NOTHING.with_days(i32::from_be_bytes(bytes.try_into()?).into()),
        // 24:00 is not a time of the day.
        Kind::Time => {
            let micros = i64::from_be_bytes(bytes.try_into()?);
            (0..DAY).contains(&micros).then(|| NOTHING.with_micros(micros))
        }
        Kind::DateTime | Kind::Instant => {
            let micros = i64::from_be_bytes(bytes.try_into()?);
            NOTHING.with_micros(micros.rem_euclid(DAY)).with_days(micros.div_euclid(DAY))
        }
    };
    Ok(parts.and_then(T::of_parts).ok_or(NO_MOMENT)?)
}

#[cfg(feature = "mysql")]
fn write_mysql(
    moment: &impl Moment,
    kind: Kind,
    out: &mut Output<'_, '_, Mysql>,
) -> serialize::Result {
    use diesel::mysql::data_types::{MysqlTime, MysqlTimestampType};
    let Parts { year, month, day, hour, minute, second, micro } = moment.parts().ok_or(TOO_LATE)?;
    let time = MysqlTime::new(
        year.try_into()?,
        month.into(),
        day.into(),
        hour.into(),
        minute.into(),
        second.into(),
        micro.into(),
        false,
        match kind {
            Kind::Date => MysqlTimestampType::MYSQL_TIMESTAMP_DATE,
            Kind::Time => MysqlTimestampType::MYSQL_TIMESTAMP_TIME,
            Kind::DateTime | Kind::Instant => MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
        },
        0,
    );
    ToSql::<diesel::sql_types::Timestamp, Mysql>::to_sql(&time, &mut out.reborrow())
}

#[cfg(any(feature = "time", feature = "jiff"))]
#[cfg(feature = "mysql")]
fn read_mysql<T: Moment>(
    value: <Mysql as diesel::backend::Backend>::RawValue<'_>,
) -> deserialize::Result<T> {
    use diesel::mysql::data_types::MysqlTime;
    let time: MysqlTime = FromSql::<diesel::sql_types::Timestamp, Mysql>::from_sql(value)?;
    let parts = Parts {
        year: time.year.try_into()?,
        month: time.month.try_into()?,
        day: time.day.try_into()?,
        hour: time.hour.try_into()?,
        minute: time.minute.try_into()?,
        second: time.second.try_into()?,
        micro: time.second_part.try_into()?,
    };
    Ok(T::of_parts(parts).ok_or(NO_MOMENT)?)
}

/// Writes a type with such parts.
macro_rules! written {
    ($($ty:ty => $st:ident as $kind:ident),* $(,)?) => {$(
        #[cfg(feature = "sqlite")]
        impl ToSql<sql_types::$st, Sqlite> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                write_sqlite(self, Kind::$kind, out)
            }
        }

        #[cfg(feature = "postgres")]
        impl ToSql<sql_types::$st, Pg> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                write_pg(self, Kind::$kind, out)
            }
        }

        #[cfg(feature = "mysql")]
        impl ToSql<sql_types::$st, Mysql> for $ty {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
                write_mysql(self, Kind::$kind, out)
            }
        }
    )*};
}

/// Stores a type with such parts.
#[cfg(any(feature = "time", feature = "jiff"))]
macro_rules! stored {
    ($($ty:ty => $st:ident as $kind:ident),* $(,)?) => {
        written! { $($ty => $st as $kind),* }
        $(
        as_expression!($ty, sql_types::$st);

        #[cfg(feature = "sqlite")]
        impl FromSql<sql_types::$st, Sqlite> for $ty {
            fn from_sql(
                value: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                read_sqlite(value, Kind::$kind)
            }
        }

        #[cfg(feature = "postgres")]
        impl FromSql<sql_types::$st, Pg> for $ty {
            fn from_sql(
                value: <Pg as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                read_pg(value, Kind::$kind)
            }
        }

        #[cfg(feature = "mysql")]
        impl FromSql<sql_types::$st, Mysql> for $ty {
            fn from_sql(
                value: <Mysql as diesel::backend::Backend>::RawValue<'_>,
            ) -> deserialize::Result<Self> {
                read_mysql(value)
            }
        }
    )*};
}

#[cfg(any(feature = "time", feature = "jiff"))]
use stored;
use written;

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_year_2000() {
        let date = |year, month, day| Parts { year, month, day, ..NOTHING };
        let known = [
            (date(2000, 1, 1), 0),
            (date(2000, 2, 29), 59),
            (date(1999, 12, 31), -1),
            (date(1970, 1, 1), -10_957),
            (date(2024, 3, 1), 8_826),
            (date(1, 1, 1), -730_119),
            (date(0, 3, 1), -730_425),
        ];
        for (date, days) in known {
            assert_eq!(date.days(), days, "{date:?}");
            assert_eq!(NOTHING.with_days(days), Some(date));
        }
        for days in (-4_000_000..4_000_000).step_by(997) {
            assert_eq!(NOTHING.with_days(days).map(|date| date.days()), Some(days));
        }
    }
}
