//! The crate `time`.

use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::*;

stored! {
    Date => CivilDate as Date,
    Time => CivilTime as Time,
    PrimitiveDateTime => CivilDateTime as DateTime,
    OffsetDateTime => TimestampUtc as Instant,
}

fn date_of(parts: &Parts) -> Option<Date> {
    let month = Month::try_from(parts.month).ok()?;
    Date::from_calendar_date(parts.year, month, parts.day).ok()
}

fn time_of(parts: &Parts) -> Option<Time> {
    Time::from_hms_micro(parts.hour, parts.minute, parts.second, parts.micro).ok()
}

impl Moment for Date {
    fn parts(&self) -> Option<Parts> {
        let (year, month, day) = self.to_calendar_date();
        Some(Parts { year, month: month.into(), day, ..NOTHING })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        date_of(&parts)
    }
}

impl Moment for Time {
    fn parts(&self) -> Option<Parts> {
        let (hour, minute, second, micro) = self.as_hms_micro();
        Some(Parts { hour, minute, second, micro, ..NOTHING })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        time_of(&parts)
    }
}

impl Moment for PrimitiveDateTime {
    fn parts(&self) -> Option<Parts> {
        let (hour, minute, second, micro) = self.time().as_hms_micro();
        Some(Parts { hour, minute, second, micro, ..self.date().parts()? })
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        Some(PrimitiveDateTime::new(date_of(&parts)?, time_of(&parts)?))
    }
}

impl Moment for OffsetDateTime {
    fn parts(&self) -> Option<Parts> {
        let utc = self.checked_to_offset(UtcOffset::UTC)?;
        PrimitiveDateTime::new(utc.date(), utc.time()).parts()
    }

    fn of_parts(parts: Parts) -> Option<Self> {
        PrimitiveDateTime::of_parts(parts).map(PrimitiveDateTime::assume_utc)
    }
}
