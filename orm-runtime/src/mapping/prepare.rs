//! What the derive does with an object before it is written, besides the user's hooks.

/// A time that `created_at` and `updated_at` can set.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of a write",
    label = "not a point in time",
    note = "`created_at` and `updated_at` are for types with `orm_runtime::column::Now`, such as `DateTime<Utc>` and `NaiveDateTime`, and for an `Option` of one"
)]
pub trait Stamp {
    /// Sets it to the present.
    fn stamp(&mut self);
    /// Sets it to the present if it has no value.
    fn stamp_if_unset(&mut self);
    /// Returns the value of a field that the builder was not given.
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
