//! Dates with a time in SQLite's most common text format, parsed without a format string. Diesel
//! tries one format after another, which costs as much as the rest of a row of eight columns.

use std::any::Any;

use diesel::sqlite::{SqliteType, SqliteValue};

use super::Holds;

/// Reads `2024-05-01 12:30:00`, with or without a fraction of a second, if the field has a type of
/// chrono or `time`. Returns `None` if the field has another type or the text another format: the
/// field's own conversion reads or refuses it.
#[inline(always)]
pub(in crate::backend) fn read<U: Any>(
    holds: Holds,
    value: &mut SqliteValue<'_, '_, '_>,
) -> Option<U> {
    if holds != Holds::DateTime || value.value_type() != Some(SqliteType::Text) {
        return None;
    }
    let parts = Parts::of(value.read_text().as_bytes())?;
    #[cfg(feature = "chrono")]
    if let found @ Some(_) = as_field(|| parts.chrono()) {
        return found;
    }
    #[cfg(feature = "time")]
    if let found @ Some(_) = as_field(|| parts.time()) {
        return found;
    }
    None
}

/// Returns the value, if the field has its type or an `Option` of it.
#[inline(always)]
fn as_field<T: Any, U: Any>(value: impl Fn() -> Option<T>) -> Option<U> {
    let mut found: Option<U> = None;
    let place: &mut dyn Any = &mut found;
    if let Some(place) = place.downcast_mut::<Option<T>>() {
        *place = value();
    } else if let Some(place) = place.downcast_mut::<Option<Option<T>>>() {
        *place = value().map(Some);
    }
    found
}

/// The numbers of a date and a time of day.
struct Parts {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
}

impl Parts {
    fn of(text: &[u8]) -> Option<Parts> {
        let (head, fraction) = text.split_at_checked(19)?;
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', n1, n2, b':', s1, s2] =
            head
        else {
            return None;
        };
        Some(Parts {
            year: u16::from(two(y1, y2)?) * 100 + u16::from(two(y3, y4)?),
            month: two(m1, m2)?,
            day: two(d1, d2)?,
            hour: two(h1, h2)?,
            minute: two(n1, n2)?,
            second: two(s1, s2)?,
            nanosecond: nanoseconds(fraction)?,
        })
    }

    /// Returns `None` for numbers that are not a date: a 13th month, a leap second.
    #[cfg(feature = "chrono")]
    fn chrono(&self) -> Option<chrono::NaiveDateTime> {
        let (month, day) = (self.month.into(), self.day.into());
        let date = chrono::NaiveDate::from_ymd_opt(self.year.into(), month, day)?;
        let (hour, minute) = (self.hour.into(), self.minute.into());
        date.and_hms_nano_opt(hour, minute, self.second.into(), self.nanosecond)
    }

    #[cfg(feature = "time")]
    fn time(&self) -> Option<time::PrimitiveDateTime> {
        let month = time::Month::try_from(self.month).ok()?;
        let date = time::Date::from_calendar_date(self.year.into(), month, self.day).ok()?;
        date.with_hms_nano(self.hour, self.minute, self.second, self.nanosecond).ok()
    }
}

/// Reads a number of two digits.
#[inline(always)]
fn two(tens: u8, ones: u8) -> Option<u8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| tens * 10 + ones)
}

/// Reads a decimal point and up to nine digits, or nothing.
fn nanoseconds(text: &[u8]) -> Option<u32> {
    let digits = match text {
        [] => return Some(0),
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let mut number = 0;
    for place in 0..9 {
        let digit = digits.get(place).map_or(0, |digit| digit.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some(number)
}
