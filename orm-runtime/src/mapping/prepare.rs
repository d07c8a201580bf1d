//! What the derive has done with an object before it is written, beside the user's hooks.

use super::Invalid;

/// A time that a column can be given by `created_at` and `updated_at`, if it is not set.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not hold the time of a write",
    label = "no point in time",
    note = "`created_at` and `updated_at` are for types with `orm_runtime::Now`, such as `DateTime<Utc>` and `NaiveDateTime`, and for an `Option` of one"
)]
pub trait Stamp {
    /// Sets it to the present.
    fn stamp(&mut self);
    /// Sets it to the present where it has no value.
    fn stamp_if_unset(&mut self);
    /// The value of a field that the builder was not given.
    fn stamped() -> Self;
}

impl<T: super::Now> Stamp for T {
    fn stamp(&mut self) {
        *self = T::now();
    }

    fn stamp_if_unset(&mut self) {}

    fn stamped() -> Self {
        T::now()
    }
}

impl<T: super::Now> Stamp for Option<T> {
    fn stamp(&mut self) {
        *self = Some(T::now());
    }

    fn stamp_if_unset(&mut self) {
        if self.is_none() {
            self.stamp();
        }
    }

    fn stamped() -> Self {
        Some(T::now())
    }
}

/// A decimal that can be brought to the digits of its column.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no digits to be limited",
    label = "no decimal",
    note = "`precision` and `scale` are for `Decimal`, for an `Option` of it, and for a newtype of it with `#[derive(DbType)]`"
)]
pub trait FitDigits {
    /// Brings the value to exactly so many digits behind the point, or says why that would lose some.
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String>;
}

impl<T: FitDigits> FitDigits for Option<T> {
    fn fit(&mut self, precision: u32, scale: u32) -> Result<(), String> {
        self.as_mut().map_or(Ok(()), |value| value.fit(precision, scale))
    }
}

/// The first problem with the digits of a field, as an invalid object.
#[doc(hidden)]
pub fn fit(
    value: &mut impl FitDigits,
    field: &'static str,
    (precision, scale): (u32, u32),
) -> Result<(), Invalid> {
    value.fit(precision, scale).map_err(|reason| {
        Invalid::new(field, format!("{reason} (precision = {precision}, scale = {scale})"))
    })
}
