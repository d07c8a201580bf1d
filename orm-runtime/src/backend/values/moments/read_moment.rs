//! Reading dates and times from SQLite's text.

use super::{Kind, NOTHING, Parts};

/// Reads the format that is written, and what other programs write: seconds may be missing, a `T`
/// may separate date and time, and an offset from UTC may follow, which only a point in time uses.
pub(super) fn read(text: &str, kind: Kind) -> Option<Parts> {
    let text = text.trim_ascii();
    let (date, clock) = match kind {
        Kind::Date => (Some(text), None),
        Kind::Time => (None, Some(text)),
        Kind::DateTime | Kind::Instant => {
            let (date, clock) = text.split_once([' ', 'T'])?;
            (Some(date), Some(clock))
        }
    };
    let mut parts = NOTHING;
    if let Some(date) = date {
        read_date(date, &mut parts)?;
    }
    let offset = match clock {
        Some(clock) => read_clock(clock, &mut parts)?,
        None => 0,
    };
    if kind == Kind::Instant { shift(parts, offset) } else { Some(parts) }
}

fn read_date(text: &str, parts: &mut Parts) -> Option<()> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut numbers = text.split('-');
    let year = digits(numbers.next()?, 4)? as i32;
    parts.year = if negative { -year } else { year };
    parts.month = digits(numbers.next()?, 2)? as u8;
    parts.day = digits(numbers.next()?, 2)? as u8;
    numbers.next().is_none().then_some(())
}

/// Reads the time, and returns the clock's offset from UTC in minutes.
fn read_clock(text: &str, parts: &mut Parts) -> Option<i32> {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let mut numbers = clock.split(':');
    parts.hour = digits(numbers.next()?, 2)? as u8;
    parts.minute = digits(numbers.next()?, 2)? as u8;
    if let Some(seconds) = numbers.next() {
        let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        parts.second = digits(second, 2)? as u8;
        let fraction = fraction.get(..6).unwrap_or(fraction);
        let micro = digits(fraction, fraction.len())?;
        parts.micro = micro * 10_u32.pow(6 - fraction.len() as u32);
    }
    if numbers.next().is_some() {
        return None;
    }
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let (hours, minutes) = zone[1..].split_once(':')?;
    let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
    Some(if zone.starts_with('-') { -(minutes as i32) } else { minutes as i32 })
}

/// Reads a number with exactly this many digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    let all = text.len() == count && text.bytes().all(|c| c.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

/// Converts to the same point in time in UTC.
fn shift(mut parts: Parts, offset: i32) -> Option<Parts> {
    let minutes = i32::from(parts.hour) * 60 + i32::from(parts.minute) - offset;
    let of_day = minutes.rem_euclid(1_440);
    parts.hour = (of_day / 60) as u8;
    parts.minute = (of_day % 60) as u8;
    for _ in 0..minutes.div_euclid(1_440) {
        next_day(&mut parts);
    }
    for _ in minutes.div_euclid(1_440)..0 {
        previous_day(&mut parts);
    }
    Some(parts)
}

fn next_day(parts: &mut Parts) {
    parts.day += 1;
    if parts.day > month_length(parts) {
        parts.day = 1;
        parts.month += 1;
    }
    if parts.month > 12 {
        parts.month = 1;
        parts.year += 1;
    }
}

fn previous_day(parts: &mut Parts) {
    if parts.day > 1 {
        parts.day -= 1;
        return;
    }
    parts.month -= 1;
    if parts.month == 0 {
        parts.month = 12;
        parts.year -= 1;
    }
    parts.day = month_length(parts);
}

fn month_length(parts: &Parts) -> u8 {
    let year = parts.year;
    match parts.month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::super::moment_text::write;
    use super::*;

    fn round(text: &str, kind: Kind) -> Option<String> {
        read(text, kind).map(|parts| write(&parts, kind))
    }

    #[test]
    fn texts_of_other_writers_are_read() {
        let instant = |text| round(text, Kind::Instant);
        let expected = Some("2024-02-29 23:30:00.000000+00:00".to_owned());
        for same in [
            "2024-02-29 23:30",
            "2024-02-29T23:30:00Z",
            "2024-03-01 00:30:00.000+01:00",
            "2024-02-29 12:30:00-11:00",
            "2024-03-01T05:00:00+05:30",
        ] {
            assert_eq!(instant(same), expected, "{same}");
        }
        assert_eq!(
            instant("2023-12-31 23:30-01:00").as_deref(),
            Some("2024-01-01 00:30:00.000000+00:00")
        );
        assert_eq!(
            instant("2024-01-01 00:00+00:01").as_deref(),
            Some("2023-12-31 23:59:00.000000+00:00")
        );
        assert_eq!(round("12:30:00.1234567", Kind::Time).as_deref(), Some("12:30:00.123456"));
        assert_eq!(round("-0044-03-15", Kind::Date).as_deref(), Some("-0044-03-15"));
        let local = round("2024-02-29T12:30:00+05:00", Kind::DateTime);
        assert_eq!(local.as_deref(), Some("2024-02-29 12:30:00.000000"));
        for wrong in [
            "",
            "soon",
            "2024-02-29",
            "2024-2-29 12:00",
            "2024-02-29 12",
            "2024-02-29 12:00:00.x",
            "2024-02-29 12:00+1",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }
}
