//! The present, as the types of columns have it.

/// A type that can hold the present: what `created_at`, `updated_at` and `soft_delete` are for.
///
/// ```
/// use orm_runtime::Now;
/// use chrono::{DateTime, Timelike, Utc};
///
/// assert_eq!(DateTime::<Utc>::now().nanosecond() % 1_000, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not hold the present",
    label = "no time",
    note = "use `NaiveDateTime` (in UTC) or `DateTime<Utc>`, or implement `orm_runtime::Now` for a type of your own"
)]
pub trait Now {
    /// The present in UTC, cut to microseconds: that is what every database keeps, and so an object
    /// is the same before and after it is written.
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
