//! A field of an object, without its type.

use std::any::{Any, TypeId};
use std::fmt::Debug;

/// A field that is one column or several.
///
/// What is rarely done with a field is done through this trait, so that it exists once for each
/// type, and not once for each field.
#[doc(hidden)]
pub trait Field: Any {
    /// Exchanges the value with that of another field of the same type.
    fn swap(&mut self, other: &mut dyn Field);
}

impl<T: Any> Field for T {
    fn swap(&mut self, other: &mut dyn Field) {
        if let Some(other) = (other as &mut dyn Any).downcast_mut() {
            std::mem::swap(self, other);
        }
    }
}

/// Exchanges two fields, unless they are those that were exchanged before: the columns of a field
/// are side by side.
pub(super) fn swap_once(
    field: &mut dyn Field,
    other: &mut dyn Field,
    before: &mut Option<(*const (), TypeId)>,
) {
    let this = Some(((&raw const *field).cast(), (field as &dyn Any).type_id()));
    if *before != this {
        field.swap(other);
        *before = this;
    }
}

/// Returns what a reader sees in the place of a secret field.
#[doc(hidden)]
pub fn hidden() -> String {
    crate::backend::STARS.to_owned()
}

/// Returns the debug text of a field.
#[doc(hidden)]
pub fn show(field: &dyn Debug) -> String {
    format!("{field:?}")
}
