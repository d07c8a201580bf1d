//! The error of an invalid object, field by field.

use std::borrow::Cow;
use std::fmt;

/// Why an object may not be written: the fields, and what is wrong with each.
///
/// The reasons become part of an error message, which may be logged: say what is wrong, not what
/// the value is.
///
/// ```
/// use orm_runtime::error::ValidationError;
///
/// let invalid = ValidationError::new("email", "has no @").and("name", "is empty");
/// assert_eq!(invalid.to_string(), "email has no @, name is empty");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    problems: Vec<FieldError>,
}

/// One field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub reason: Cow<'static, str>,
}

impl ValidationError {
    /// Creates an error about one field.
    pub fn new(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        ValidationError {
            problems: vec![FieldError { field: field.into(), reason: reason.into() }],
        }
    }

    /// Adds an error about another field.
    #[must_use]
    pub fn and(
        mut self,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.problems.push(FieldError { field: field.into(), reason: reason.into() });
        self
    }

    /// Puts the name of a value object's field before the names of the fields.
    #[doc(hidden)]
    #[must_use]
    pub fn inside(mut self, outer: &str) -> Self {
        for problem in &mut self.problems {
            problem.field = format!("{outer}.{}", problem.field).into();
        }
        self
    }

    /// Returns the errors in the order in which they were added.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.problems
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, FieldError { field, reason }) in self.problems.iter().enumerate() {
            let before = if n == 0 { "" } else { ", " };
            write!(f, "{before}{field} {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationError {}
