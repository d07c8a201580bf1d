//! Keys that are equal in the database although their text differs: by a collation that ignores
//! case, or in a column of fixed length.
//!
//! Only the database knows which row such a key finds. What it has returned for a key is recorded
//! here: the key as the row has it. This is a fact about two strings and not about rows, so it
//! never becomes stale.

use std::any::Any;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::arena::Arena;
use super::decoding::decode_error;
use crate::backend::Row;
use crate::error::Result;
use crate::mapping::{Entity, IndexByKey, Key};

/// What an arena knows of keys whose text differs from the keys of its rows.
pub(crate) trait Pairing {
    /// Returns `true` if keys are equal in the database exactly when they are equal in Rust.
    fn has_exact_keys(&self) -> bool;
    /// Returns the positions of the keys that belong to no object in memory, the first position of
    /// each key.
    fn unpaired(&self, keys: &[Option<&dyn Any>]) -> Vec<usize>;
    /// Records that the first key of a row finds the row with the second key.
    fn pair_of_row(&mut self, row: &mut Row<'_, '_>) -> Result<()>;
    /// Returns `true` if the database has returned which row this key finds.
    fn is_told(&self, key: &dyn Any) -> bool;
    /// Returns a copy of a key.
    fn copy_key(&self, key: &dyn Any) -> Option<Box<dyn Any>>;
}

impl<T: Entity> Arena<T> {
    /// Returns the slot of the row that the database finds by this key, if it is known.
    #[inline]
    pub(crate) fn find(&self, key: &T::Key) -> Option<u32> {
        let found = self.index.get(key);
        if <T::Key as Key>::EXACT || found.is_some() { found } else { self.find_equal(key) }
    }

    fn find_equal(&self, key: &T::Key) -> Option<u32> {
        self.index.get(self.equal_keys.get(key)?)
    }

    /// Records that the database finds the row of an object by this key.
    pub(crate) fn pair(&mut self, key: &T::Key, slot: u32) {
        if <T::Key as Key>::EXACT {
            return;
        }
        if let Some(stored) = self.stored(slot).and_then(T::key) {
            self.pair_keys(key, stored);
        }
    }

    /// Records that the database finds the row with one key by another key.
    pub(crate) fn pair_keys(&mut self, key: &T::Key, stored: T::Key) {
        if *key != stored {
            self.equal_keys.insert(key.clone(), stored);
        }
    }

    /// Reads a key from adjacent columns.
    pub(crate) fn read_key(row: &mut Row<'_, '_>) -> Result<T::Key> {
        let start = row.position();
        T::decode_leading_key(row).map_err(|error| decode_error::<T>(None, row, start, error))
    }
}

impl<T: Entity> Pairing for Arena<T> {
    fn has_exact_keys(&self) -> bool {
        <T::Key as Key>::EXACT
    }

    fn unpaired(&self, keys: &[Option<&dyn Any>]) -> Vec<usize> {
        let mut seen: HashSet<&T::Key, RandomState> = HashSet::default();
        let keys = keys.iter().enumerate();
        let keys = keys.filter_map(|(n, key)| Some((n, (*key)?.downcast_ref::<T::Key>()?)));
        let unpaired = keys.filter(|(_, key)| self.find(key).is_none() && seen.insert(key));
        unpaired.map(|(n, _)| n).collect()
    }

    fn pair_of_row(&mut self, row: &mut Row<'_, '_>) -> Result<()> {
        let key = Self::read_key(row)?;
        let stored = Self::read_key(row)?;
        self.equal_keys.insert(key, stored);
        Ok(())
    }

    fn is_told(&self, key: &dyn Any) -> bool {
        key.downcast_ref().is_some_and(|key| self.equal_keys.contains_key(key))
    }

    fn copy_key(&self, key: &dyn Any) -> Option<Box<dyn Any>> {
        Some(Box::new(key.downcast_ref::<T::Key>()?.clone()))
    }
}
