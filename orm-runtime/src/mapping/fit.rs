//! Brings a value to what its column can hold before it is written, the same on every database.

use super::{Deferred, Generated};
use crate::error::ValidationError;

/// A decimal that can be brought to the digits of its column.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no number of digits",
    label = "not a decimal",
    note = "`precision` and `scale` are for `Decimal`, for an `Option`, `Deferred` or `Generated` of it, and for a newtype of it with `#[derive(DbType)]`"
)]
pub trait FitDigits {
    /// Gives the value exactly `scale` digits after the decimal point, or returns why that would
    /// lose digits.
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String>;
}

impl<T: FitDigits> FitDigits for Option<T> {
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String> {
        self.as_mut().map_or(Ok(()), |value| value.fit(precision, scale))
    }
}

impl<T: FitDigits + Clone> FitDigits for Deferred<T> {
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String> {
        let Some(mut value) = self.value().cloned() else { return Ok(()) };
        value.fit(precision, scale)?;
        self.set(value);
        Ok(())
    }
}

impl<T: FitDigits + Clone> FitDigits for Generated<T> {
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String> {
        let Some(mut value) = self.get().cloned() else { return Ok(()) };
        value.fit(precision, scale)?;
        self.set(value);
        Ok(())
    }
}

/// Brings a decimal to the digits of its column. A decimal that does not fit is a validation error
/// of the field.
#[doc(hidden)]
pub fn fit(
    value: &mut impl FitDigits,
    field: &'static str,
    (precision, scale): (u32, u32),
) -> Result<(), ValidationError> {
    value.fit(precision, scale).map_err(|reason| {
        ValidationError::new(field, format!("{reason} (precision = {precision}, scale = {scale})"))
    })
}

/// A field that holds text, or no value.
#[doc(hidden)]
pub trait TextField {
    fn text(&self) -> Option<&str>;
}

impl TextField for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: TextField> TextField for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(T::text)
    }
}

impl<T: TextField> TextField for Deferred<T> {
    fn text(&self) -> Option<&str> {
        self.value().and_then(T::text)
    }
}

impl<T: TextField> TextField for Generated<T> {
    fn text(&self) -> Option<&str> {
        self.get().and_then(T::text)
    }
}

/// Refuses text that is longer than its column. The column declares a number of characters, and no
/// text has more characters than bytes.
#[doc(hidden)]
pub fn fit_length(
    value: &impl TextField,
    field: &'static str,
    most: u32,
) -> Result<(), ValidationError> {
    let text = value.text().unwrap_or_default();
    let most = most as usize;
    if text.len() <= most {
        return Ok(());
    }
    let found = text.chars().count();
    if found <= most {
        return Ok(());
    }
    let reason = format!("has {found} characters, and the column has room for {most}");
    Err(ValidationError::new(field, format!("{reason} (length = {most})")))
}

/// A time of day, a date with a time, or a point in time, that can be truncated to microseconds.
#[doc(hidden)]
pub trait CutMicros {
    /// Truncates the value to microseconds, towards the past.
    fn cut_micros(&mut self);
}

impl<T: CutMicros> CutMicros for Option<T> {
    #[inline]
    fn cut_micros(&mut self) {
        if let Some(value) = self {
            value.cut_micros();
        }
    }
}

impl<T: CutMicros + Clone> CutMicros for Deferred<T> {
    fn cut_micros(&mut self) {
        if let Some(mut value) = self.value().cloned() {
            value.cut_micros();
            self.set(value);
        }
    }
}

impl<T: CutMicros + Clone> CutMicros for Generated<T> {
    fn cut_micros(&mut self) {
        if let Some(mut value) = self.get().cloned() {
            value.cut_micros();
            self.set(value);
        }
    }
}

/// Works on the parts of a time: the fraction of a time before 1970 counts forward too.
#[cfg(feature = "chrono")]
mod of_chrono {
    use chrono::{DateTime, NaiveDateTime, NaiveTime, Timelike, Utc};

    use super::CutMicros;

    macro_rules! cut {
        ($($ty:ty),*) => {$(
            impl CutMicros for $ty {
                #[inline]
                fn cut_micros(&mut self) {
                    let finer = self.nanosecond() % 1_000;
                    if finer > 0
                        && let Some(cut) = self.with_nanosecond(self.nanosecond() - finer)
                    {
                        *self = cut;
                    }
                }
            }
        )*};
    }

    cut!(NaiveTime, NaiveDateTime, DateTime<Utc>);
}

#[cfg(feature = "time")]
mod of_time {
    use time::{OffsetDateTime, PrimitiveDateTime, Time};

    use super::CutMicros;

    macro_rules! cut {
        ($($ty:ty),*) => {$(
            impl CutMicros for $ty {
                #[inline]
                fn cut_micros(&mut self) {
                    if let Ok(cut) = self.replace_microsecond(self.microsecond()) {
                        *self = cut;
                    }
                }
            }
        )*};
    }

    cut!(Time, PrimitiveDateTime, OffsetDateTime);
}

#[cfg(feature = "jiff")]
mod of_jiff {
    use jiff::Timestamp;
    use jiff::civil::{DateTime, Time};

    use super::CutMicros;

    macro_rules! cut {
        ($($ty:ty),*) => {$(
            impl CutMicros for $ty {
                #[inline]
                fn cut_micros(&mut self) {
                    let finer = self.subsec_nanosecond() % 1_000;
                    if finer > 0
                        && let Ok(cut) = self
                            .with()
                            .subsec_nanosecond(self.subsec_nanosecond() - finer)
                            .build()
                    {
                        *self = cut;
                    }
                }
            }
        )*};
    }

    cut!(Time, DateTime);

    impl CutMicros for Timestamp {
        #[inline]
        fn cut_micros(&mut self) {
            let finer = self.as_nanosecond().rem_euclid(1_000);
            if finer > 0
                && let Ok(cut) = Timestamp::from_nanosecond(self.as_nanosecond() - finer)
            {
                *self = cut;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(fit_length(&"ééé".to_owned(), "name", 3).is_ok());
        let error = fit_length(&Some("éééé".to_owned()), "name", 3).map_err(|e| e.to_string());
        assert!(error.is_err_and(|text| text.contains("4 characters") && !text.contains('é')));
        assert!(fit_length(&None::<String>, "name", 1).is_ok());
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn times_are_cut_towards_the_past_on_either_side_of_1970() {
        use chrono::{DateTime, Utc};
        for (written, kept) in [
            ("1985-06-30T23:59:59.999999999Z", "1985-06-30T23:59:59.999999Z"),
            ("1969-12-31T23:59:59.000000001Z", "1969-12-31T23:59:59Z"),
            ("2024-02-29T12:00:00.123456789Z", "2024-02-29T12:00:00.123456Z"),
        ] {
            let mut at: DateTime<Utc> = written.parse().unwrap_or_default();
            at.cut_micros();
            assert_eq!(kept.parse(), Ok(at));
        }
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn points_in_time_of_jiff_are_cut_towards_the_past() {
        let mut at = jiff::Timestamp::from_nanosecond(-1).unwrap_or_default();
        at.cut_micros();
        assert_eq!(at.as_nanosecond(), -1_000);
    }
}
