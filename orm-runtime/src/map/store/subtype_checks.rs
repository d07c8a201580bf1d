//! Checks of the subtype of an object or a row, and their errors.

use std::any::TypeId;

use super::arena::Arena;
use super::row_policy::RowPolicy;
use crate::error::{Error, Result};
use crate::mapping::{Entity, EntityMeta};

impl EntityMeta {
    /// Returns `true` if an object of a subtype of the hierarchy belongs to this entity.
    pub(crate) fn includes(&self, subtype: usize) -> bool {
        self.subtype == 0
            || self.hierarchy.is_none_or(|hierarchy| hierarchy.is(subtype, self.subtype))
    }

    /// Returns the name of the struct of a subtype. An entity without subtypes returns its own
    /// name.
    pub(crate) fn name_of(&self, subtype: usize) -> &'static str {
        self.hierarchy.map_or(self.name, |hierarchy| hierarchy.subtypes[subtype].name)
    }
}

impl<F: Entity> Arena<F> {
    /// Returns `true` if the object in a slot is a `T`. An entity without subtypes is not checked.
    #[inline]
    pub(crate) fn holds<T: Entity<Root = F>>(&self, slot: u32) -> bool {
        T::META.hierarchy.is_none()
            || self.slots.object(slot).is_some_and(|object| T::view(object).is_some())
    }

    /// Returns `true` if the object in a slot is exactly a `T`, so that it can leave the map as
    /// one.
    pub(crate) fn is_just<T: Entity<Root = F>>(&self, slot: u32) -> bool {
        T::META.hierarchy.is_none()
            || TypeId::of::<T>() == TypeId::of::<F>()
            || self.slots.object(slot).is_some_and(|object| object.subtype() == T::META.subtype)
    }

    /// Refuses a row whose object is in memory as a subtype that the query does not include.
    pub(super) fn check_subtype(&self, slot: u32, key: &F::Key, how: &RowPolicy) -> Result<()> {
        if F::META.hierarchy.is_none() {
            return Ok(());
        }
        match self.slots.object(slot) {
            Some(object) if !how.meta.includes(object.subtype()) => Err(wrong_subtype::<F>(
                key,
                how.meta,
                format!(
                    "it is in memory as a {}, and the query is for {}: evict it to read it again",
                    F::META.name_of(object.subtype()),
                    how.meta.name
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the error about a row of a subtype that the query does not include.
#[cold]
pub(super) fn subtype_of_row<T: Entity>(
    key: &T::Key,
    subtype: usize,
    wanted: &EntityMeta,
) -> Error {
    let name = T::META.name_of(subtype);
    wrong_subtype::<T>(key, wanted, format!("the row is a {name}, not a {}", wanted.name))
}

/// Refuses a row whose subtype differs from the subtype of its object.
pub(super) fn same_subtype<T: Entity>(new: &T, old: &T, key: &T::Key) -> Result<()> {
    if T::META.hierarchy.is_none() || new.subtype() == old.subtype() {
        return Ok(());
    }
    let [new, old] = [new, old].map(|object| T::META.name_of(object.subtype()));
    Err(wrong_subtype::<T>(
        key,
        T::META,
        format!("the row is now a {new}, and in memory it is a {old}: evict it to read it again"),
    ))
}

#[cold]
fn wrong_subtype<T: Entity>(key: &T::Key, wanted: &EntityMeta, why: String) -> Error {
    let discriminator = T::META.hierarchy.map(|it| T::META.columns[it.discriminator].name);
    Error::Decode {
        entity: wanted.name,
        key: Some(format!("{key:?}")),
        row: None,
        column: discriminator.unwrap_or_default().to_owned(),
        source: why.into(),
    }
}
