//! Moments at the end of the time that every database has.

use super::*;

/// A moment shortly before the end of the year 9999, in microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastMoment(Parts);

written! {
    LastMoment => CivilDate as Date,
    LastMoment => CivilTime as Time,
    LastMoment => CivilDateTime as DateTime,
    LastMoment => TimestampUtc as Instant,
}

const LAST_DAY: Parts = Parts { year: 9999, month: 12, day: 31, ..NOTHING };

impl LastMoment {
    /// Returns the day that is this many days before the last one.
    pub(crate) fn days_before(days: i64) -> Option<Self> {
        let day = NOTHING.with_days(LAST_DAY.days().checked_sub(days)?)?;
        // Earlier years are not the same in every database.
        (day.year >= 1000).then_some(LastMoment(day))
    }

    /// Returns the moment that is this many seconds before the last one.
    pub(crate) fn seconds_before(seconds: i64) -> Option<Self> {
        const DAY: i64 = 86_400;
        let LastMoment(day) = Self::days_before(seconds / DAY)?;
        let second = DAY - 1 - seconds % DAY;
        Some(LastMoment(day.at_second(second)))
    }

    /// Returns the time of day that is this many microseconds before the last one.
    pub(crate) fn micros_before(micros: i64) -> Self {
        const SECOND: i64 = 1_000_000;
        let last = 86_400 * SECOND - 1 - micros.rem_euclid(86_400 * SECOND);
        let mut time = NOTHING.at_second(last / SECOND);
        time.micro = (last % SECOND) as u32;
        LastMoment(time)
    }
}

impl Parts {
    /// Returns the same day with the time of this second of the day.
    fn at_second(mut self, second: i64) -> Self {
        self.second = (second % 60) as u8;
        self.minute = (second / 60 % 60) as u8;
        self.hour = (second / 3_600) as u8;
        self
    }
}

impl Moment for LastMoment {
    fn parts(&self) -> Option<Parts> {
        Some(self.0)
    }

    #[cfg(any(feature = "time", feature = "jiff"))]
    fn of_parts(parts: Parts) -> Option<Self> {
        Some(LastMoment(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_back_from_the_last() {
        let parts = |year, month, day, hour, minute, second, micro| Parts {
            year,
            month,
            day,
            hour,
            minute,
            second,
            micro,
        };
        for (seconds, wanted) in [
            (0, parts(9999, 12, 31, 23, 59, 59, 0)),
            (1, parts(9999, 12, 31, 23, 59, 58, 0)),
            (86_400, parts(9999, 12, 30, 23, 59, 59, 0)),
            (31 * 86_400 + 3_600, parts(9999, 11, 30, 22, 59, 59, 0)),
        ] {
            assert_eq!(LastMoment::seconds_before(seconds), Some(LastMoment(wanted)));
        }
        assert_eq!(LastMoment::days_before(365), Some(LastMoment(parts(9998, 12, 31, 0, 0, 0, 0))));
        assert_eq!(LastMoment::days_before(i64::from(u32::MAX)), None);
        let time = LastMoment::micros_before(1_000_001);
        assert_eq!(time, LastMoment(parts(0, 0, 0, 23, 59, 58, 999_998)));
    }
}
