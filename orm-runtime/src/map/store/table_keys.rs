//! Keys whose type is not known to the code that uses them.

use std::any::Any;
use std::collections::HashMap;

use diesel::QueryResult;
use foldhash::fast::RandomState;

use crate::backend::SqlWriter;
use crate::mapping::{Entity, Key};

/// One key, without its type.
pub(crate) trait BindKey: Send + Sync {
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
}

pub(super) struct KeyOf<T: Entity>(pub(super) T::Key);

impl<T: Entity> BindKey for KeyOf<T> {
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        T::bind_key(&self.0, 0, pass)
    }
}

/// Several keys, without their type.
pub(crate) trait KeyList: Send + Sync {
    fn len(&self) -> usize;
    fn bind<'b>(&'b self, n: usize, part: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
    fn push_json(&self, n: usize, json: &mut String) -> bool;
    /// Returns one of the keys, as a value of the entity's key type.
    fn key(&self, n: usize) -> Option<&dyn Any>;
}

pub(crate) struct KeysOf<T: Entity>(pub(crate) Vec<T::Key>);

impl<T: Entity> KeyList for KeysOf<T> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn bind<'b>(&'b self, n: usize, part: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        T::bind_key(self.0.get(n).ok_or(diesel::result::Error::NotFound)?, part, pass)
    }

    fn push_json(&self, n: usize, json: &mut String) -> bool {
        self.0.get(n).is_some_and(|key| key.push_json(json))
    }

    fn key(&self, n: usize) -> Option<&dyn Any> {
        self.0.get(n).map(|key| key as &dyn Any)
    }
}

/// The order of updates that change keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyChanges {
    /// Updates in order, each after the update that frees its new key.
    pub(super) ordered: Vec<u32>,
    /// Updates that swap keys in a cycle: in each cycle one row needs a temporary key.
    pub(super) circular: Vec<u32>,
}

impl KeyChanges {
    /// Returns the updates in order, each after the update that frees its new key, and the updates
    /// that swap keys in a cycle.
    pub(crate) fn into_parts(self) -> (Vec<u32>, Vec<u32>) {
        (self.ordered, self.circular)
    }
}

/// Finds slots by keys whose type is not known.
pub(crate) struct KeyFinder(Box<Find>);

type Find = dyn Fn(&dyn Any) -> Option<u32>;

impl KeyFinder {
    pub(super) fn new<K: Key>(entries: impl Iterator<Item = (K, u32)>) -> Self {
        let slots: HashMap<K, u32, RandomState> = entries.collect();
        KeyFinder(Box::new(move |key| slots.get(key.downcast_ref::<K>()?).copied()))
    }

    pub(crate) fn find(&self, key: &dyn Any) -> Option<u32> {
        (self.0)(key)
    }
}
