//! Which subtype an object or a row is, and the errors about one that is another.

use std::any::TypeId;

use super::arena::Arena;
use super::row_policy::RowPolicy;
use crate::error::{Error, Result};
use crate::mapping::{Entity, EntityMeta};

impl EntityMeta {
    /// Whether an object of a subtype of its hierarchy is one of this.
    pub(crate) fn includes(&self, subtype: usize) -> bool {
        self.subtype == 0
            || self.hierarchy.is_none_or(|hierarchy| hierarchy.is(subtype, self.subtype))
    }

    /// The name of the struct of a subtype, and its own where there are none.
    pub(crate) fn name_of(&self, subtype: usize) -> &'static str {
        self.hierarchy.map_or(self.name, |hierarchy| hierarchy.subtypes[subtype].name)
    }
}

impl<F: Entity> Arena<F> {
    /// Whether the object in a slot is a `T`. For an entity without subtypes nothing is looked at.
    #[inline]
    pub(crate) fn holds<T: Entity<Root = F>>(&self, slot: u32) -> bool {
        T::META.hierarchy.is_none()
            || self.slots.object(slot).is_some_and(|object| T::view(object).is_some())
    }

    /// Whether the object in a slot is no more than a `T`, so that it can leave the map as one.
    pub(crate) fn is_just<T: Entity<Root = F>>(&self, slot: u32) -> bool {
        T::META.hierarchy.is_none()
            || TypeId::of::<T>() == TypeId::of::<F>()
            || self.slots.object(slot).is_some_and(|object| object.subtype() == T::META.subtype)
    }

    /// Refuses a row whose object is in memory as a subtype for which the query is not.
    pub(super) fn check_subtype(&self, slot: u32, key: &F::Key, how: &RowPolicy) -> Result<()> {
        if F::META.hierarchy.is_none() {
            return Ok(());
        }
        match self.slots.object(slot) {
            Some(object) if !how.meta.includes(object.subtype()) => Err(wrong_subtype::<F>(
                key,
                how.meta,
                format!(
                    "it is in memory as a {}, and the query is for {}: evict it to read it anew",
                    F::META.name_of(object.subtype()),
                    how.meta.name
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// The error about a row of another subtype than the query is for.
#[cold]
pub(super) fn subtype_of_row<T: Entity>(
    key: &T::Key,
    subtype: usize,
    wanted: &EntityMeta,
) -> Error {
    let name = T::META.name_of(subtype);
    wrong_subtype::<T>(key, wanted, format!("the row is a {name}, not a {}", wanted.name))
}

/// Refuses a row that has become another subtype than its object is.
pub(super) fn same_subtype<T: Entity>(new: &T, old: &T, key: &T::Key) -> Result<()> {
    if T::META.hierarchy.is_none() || new.subtype() == old.subtype() {
        return Ok(());
    }
    let [new, old] = [new, old].map(|object| T::META.name_of(object.subtype()));
    Err(wrong_subtype::<T>(
        key,
        T::META,
        format!("the row is a {new} now, and in memory it is a {old}: evict it to read it anew"),
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
