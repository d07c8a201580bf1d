//! Dates and times as SQLite's text. Each kind is written in a fixed width, so that text order is
//! time order.

use std::fmt::Write;

use super::{Kind, Parts};

/// Writes `2024-02-29 12:30:00.500000+00:00`, or a part of it.
pub(super) fn write(parts: &Parts, kind: Kind) -> String {
    let Parts { year, month, day, hour, minute, second, micro } = parts;
    let mut text = String::with_capacity(32);
    if kind != Kind::Time {
        let sign = if *year < 0 { "-" } else { "" };
        let _ = write!(text, "{sign}{:04}-{month:02}-{day:02}", year.unsigned_abs());
    }
    if matches!(kind, Kind::DateTime | Kind::Instant) {
        text.push(' ');
    }
    if kind != Kind::Date {
        let _ = write!(text, "{hour:02}:{minute:02}:{second:02}.{micro:06}");
    }
    if kind == Kind::Instant {
        text.push_str("+00:00");
    }
    text
}
