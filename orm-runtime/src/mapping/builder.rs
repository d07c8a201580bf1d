//! What the builders made by the derive need.

/// The state of a required field of a builder that has not been given yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

/// The state of a required field of a builder that has been given.
#[derive(Debug, Clone, Copy)]
pub struct Given;

/// The value of a required field.
///
/// `build` can be called only where the builder's type says that every required field was given, so
/// there is a value.
#[track_caller]
pub fn given<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => unreachable!("the builder's type says that the field was given"),
    }
}
