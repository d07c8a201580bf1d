//! Keys that the database takes for equal, though they are not written alike: by a collation that does not
//! tell capitals from small letters, or in a column of fixed length.
//!
//! Which row a key finds is said by the database alone. What it has said of a key is kept here: the key of
//! the row as the row has it. It says something about two texts, not about rows, so that it never gets
//! old, whatever becomes of the row.

use std::any::Any;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::arena::Arena;
use super::decoding::decode_error;
use crate::backend::Row;
use crate::error::Result;
use crate::mapping::{Entity, IndexByKey, Key};

/// What an arena knows of keys that are not written as those of its rows are.
pub(crate) trait Pairing {
    /// Whether keys are equal in the database exactly when they are equal here.
    fn has_exact_keys(&self) -> bool;
    /// The places of those keys that lead to no object in memory, of each key the first.
    fn unpaired(&self, keys: &[Option<&dyn Any>]) -> Vec<usize>;
    /// Takes in that the first key of a row finds the row of the second one.
    fn pair_of_row(&mut self, row: &mut Row<'_, '_>) -> Result<()>;
    /// Whether the database has said which row this key finds.
    fn is_told(&self, key: &dyn Any) -> bool;
    /// A copy of a key.
    fn copy_key(&self, key: &dyn Any) -> Option<Box<dyn Any>>;
}

impl<T: Entity> Arena<T> {
    /// The slot of the row that the database finds by this key, as far as that is known.
    #[inline]
    pub(crate) fn find(&self, key: &T::Key) -> Option<u32> {
        let found = self.index.get(key);
        if <T::Key as Key>::EXACT || found.is_some() { found } else { self.find_equal(key) }
    }

    fn find_equal(&self, key: &T::Key) -> Option<u32> {
        self.index.get(self.equal_keys.get(key)?)
    }

    /// Takes in that the database finds the row of an object by this key.
    pub(crate) fn pair(&mut self, key: &T::Key, slot: u32) {
        if <T::Key as Key>::EXACT {
            return;
        }
        if let Some(stored) = self.stored(slot).and_then(T::key) {
            self.pair_keys(key, stored);
        }
    }

    /// Takes in that the database finds the row with one key by another.
    pub(crate) fn pair_keys(&mut self, key: &T::Key, stored: T::Key) {
        if *key != stored {
            self.equal_keys.insert(key.clone(), stored);
        }
    }

    /// Reads a key whose columns stand side by side.
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
