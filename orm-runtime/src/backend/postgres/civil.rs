//! Dates and times from PostgreSQL's numbers, which count from the year 2000.

use crate::backend::literals::clock;

const MICROS_A_DAY: i64 = 86_400_000_000;
/// The days from 0000-03-01 to 2000-01-01. A year that begins in March ends with its leap day.
const TO_2000: i64 = 730_425;
const DAYS_OF_400_YEARS: i64 = 146_097;

/// Returns the date of a number of days.
pub(super) fn day(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => with_era(days.into(), ""),
    }
}

/// Returns the time of day of a number of microseconds.
pub(super) fn time_of_day(micros: i64) -> String {
    let micros = micros.cast_unsigned();
    let seconds = micros / 1_000_000;
    clock(seconds / 3_600, seconds / 60 % 60, seconds % 60, micros % 1_000_000)
}

/// Returns the literal of a number of microseconds.
pub(super) fn moment(ty: &str, micros: i64, zone: &str) -> String {
    match micros {
        i64::MAX => format!("{ty} 'infinity'"),
        i64::MIN => format!("{ty} '-infinity'"),
        micros => {
            let (days, rest) = (micros.div_euclid(MICROS_A_DAY), micros.rem_euclid(MICROS_A_DAY));
            format!("{ty} '{}'", with_era(days, &format!(" {}{zone}", time_of_day(rest))))
        }
    }
}

/// Returns the date of a number of days, then a text, then the era if it is the earlier one.
fn with_era(days: i64, between: &str) -> String {
    let (year, month, day) = date(days);
    match year {
        1.. => format!("{year:04}-{month:02}-{day:02}{between}"),
        _ => format!("{:04}-{month:02}-{day:02}{between} BC", 1 - year),
    }
}

/// Returns year, month and day of a number of days since 2000-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + TO_2000;
    let (era, day) = (days.div_euclid(DAYS_OF_400_YEARS), days.rem_euclid(DAYS_OF_400_YEARS));
    // Leap days are left out one kind after the other: of 4, of 100 and of 400 years.
    let year = (day - day / 1_460 + day / 36_524 - day / (DAYS_OF_400_YEARS - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months since March have 153 days in five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_dates_and_times() {
        assert_eq!(day(0), "2000-01-01");
        assert_eq!(day(-1), "1999-12-31");
        assert_eq!(day(59), "2000-02-29");
        assert_eq!(day(60), "2000-03-01");
        assert_eq!(day(8_825), "2024-02-29");
        assert_eq!(day(-730_119), "0001-01-01");
        assert_eq!(day(-730_120), "0001-12-31 BC");
        assert_eq!(day(i32::MAX), "infinity");
        assert_eq!(time_of_day(45_296_000_001), "12:34:56.000001");
        assert_eq!(moment("TIMESTAMP", -1, ""), "TIMESTAMP '1999-12-31 23:59:59.999999'");
        assert_eq!(moment("TIMESTAMPTZ", 0, "+00"), "TIMESTAMPTZ '2000-01-01 00:00:00+00'");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = date(-800_000);
        for days in -799_999..800_000 {
            let (year, month, day) = date(days);
            let next = (before.0, before.1, before.2 + 1);
            assert!(
                (year, month, day) == next || day == 1 && (month == before.1 + 1 || month == 1)
            );
            before = (year, month, day);
        }
    }
}
