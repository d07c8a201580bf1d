//! The present time, in the types of columns.

/// A type that can hold the present time, for `created_at`, `updated_at` and `soft_delete`.
///
/// ```
/// use orm_runtime::column::Now;
/// use chrono::{DateTime, Timelike, Utc};
///
/// assert_eq!(DateTime::<Utc>::now().nanosecond() % 1_000, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the current time",
    label = "not a time",
    note = "use `NaiveDateTime` (in UTC) or `DateTime<Utc>`, or implement `orm_runtime::column::Now` for a type of your own"
)]
pub trait Now {
    /// Returns the present in UTC, truncated to microseconds. Every database keeps microseconds, so
    /// an object is the same before and after it is written.
    fn now() -> Self;
}

#[cfg(feature = "chrono")]
impl Now for chrono::DateTime<chrono::Utc> {
    fn now() -> Self {
        use chrono::SubsecRound;
        chrono::Utc::now().trunc_subsecs(6)
    }
}

#[cfg(feature = "chrono")]
impl Now for chrono::NaiveDateTime {
    fn now() -> Self {
        <chrono::DateTime<chrono::Utc> as Now>::now().naive_utc()
    }
}

#[cfg(feature = "time")]
impl Now for time::OffsetDateTime {
    fn now() -> Self {
        let now = time::OffsetDateTime::now_utc();
        // A smaller number of nanoseconds is always valid.
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }
}

#[cfg(feature = "time")]
impl Now for time::PrimitiveDateTime {
    fn now() -> Self {
        let now = <time::OffsetDateTime as Now>::now();
        time::PrimitiveDateTime::new(now.date(), now.time())
    }
}

#[cfg(feature = "jiff")]
impl Now for jiff::Timestamp {
    fn now() -> Self {
        let now = jiff::Timestamp::now();
        // The truncated time is always in range.
        jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

#[cfg(feature = "jiff")]
impl Now for jiff::civil::DateTime {
    fn now() -> Self {
        jiff::tz::Offset::UTC.to_datetime(<jiff::Timestamp as Now>::now())
    }
}
