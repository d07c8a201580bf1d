//! Typed handles of the objects that errors are about.

use super::{Entity, EntityMeta};
use crate::error::{InvalidEntity, ValidationError, Violation};
use crate::handle::{Handle, RawHandle};

impl Violation {
    /// Returns the object that violates the constraint, if it is a `T`.
    pub fn handle<T: Entity>(&self) -> Option<Handle<T>> {
        handle_of(self.object)
    }
}

impl InvalidEntity {
    /// Creates the error. A key that is itself invalid is left out, because errors show no values.
    pub(crate) fn new(
        meta: &'static EntityMeta,
        entity: &'static str,
        key: Option<String>,
        invalid: ValidationError,
    ) -> Self {
        let is_key =
            |field: &str| meta.key.iter().any(|&column| meta.columns[column].field == field);
        let is_wrong = invalid.field_errors().iter().any(|problem| is_key(&problem.field));
        let key = key.filter(|_| !is_wrong);
        InvalidEntity { entity, key, row: None, error: invalid, object: None, autoflush: false }
    }

    /// Returns the object if it is a `T`, or `None` for a row of a bulk statement, which has no
    /// handle.
    pub fn handle<T: Entity>(&self) -> Option<Handle<T>> {
        handle_of(self.object)
    }
}

fn handle_of<T: Entity>(object: Option<(usize, RawHandle)>) -> Option<Handle<T>> {
    let (entity, raw) = object?;
    (entity == T::entity_index()).then(|| Handle::from_raw(raw))
}
