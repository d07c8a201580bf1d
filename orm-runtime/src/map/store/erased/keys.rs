//! The keys of an arena's objects, and keys that have no object in memory.

use super::{Changes, Rows};
use crate::map::store::arena::Arena;
use crate::map::store::table_keys::KeyFinder;
use crate::map::store::table_keys::KeyList;
use crate::map::store::table_keys::KeysOf;
use crate::mapping::Entity;
use std::any::Any;
use std::collections::HashMap;

/// The keys of an arena's objects, and keys without rows.
pub(crate) trait Keys {
    /// Returns the slot of the row with this key, which is of the entity's key type.
    fn find_key(&self, key: &dyn Any) -> Option<u32>;
    /// Returns the current key of an object.
    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>>;
    /// Returns the key of an object's row.
    fn row_key(&self, slot: u32) -> Option<Box<dyn Any>>;
    /// Returns `true` if an object has a key.
    fn has_key(&self, slot: u32) -> bool;
    /// Returns the stored object that has the key of another one.
    fn holder_of_key(&self, slot: u32) -> Option<u32>;
    /// Returns a finder of new objects by the keys that the program has set.
    fn new_by_key(&self) -> KeyFinder;
    /// Returns a finder of some objects by their current keys.
    fn finder(&self, slots: &[u32]) -> KeyFinder;
    /// Returns the object of the row with this key if its key is about to change and no other
    /// object takes the key.
    fn gives_up_key(&self, key: &dyn Any) -> Option<u32>;
    /// Sets the key that the database generated for an object, or unsets it.
    fn set_auto_key(&mut self, slot: u32, key: Option<i64>);
    /// Returns `true` if objects have lost keys since the last call.
    fn take_lost_keys(&mut self) -> bool;
    /// Returns the keys among these that must be loaded, each once and in order: not those of
    /// objects that are current at the horizon. The keys are of the entity's key type.
    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList>;
    /// Sorts pairs by the keys of their objects, if they are not in this order already.
    fn sort_by_key(&self, found: &mut [(u32, u32)]);
    /// Records which of these keys have no row of a subtype, so that a relationship is not loaded
    /// for them again.
    fn note_absent(&mut self, keys: &dyn KeyList, subtype: usize, age: u32);
    /// Returns `true` if a load of a subtype at this age or later has found no row with this key.
    fn is_absent(&self, key: &dyn Any, subtype: usize, horizon: u32) -> bool;
    /// Forgets which keys have no row, because rows may have been inserted.
    fn forget_absent(&mut self);
}

impl<T: Entity> Keys for Arena<T> {
    fn find_key(&self, key: &dyn Any) -> Option<u32> {
        self.find(key.downcast_ref()?)
    }

    fn current_key(&self, slot: u32) -> Option<Box<dyn Any>> {
        Some(Box::new(self.slots.object(slot)?.key()?))
    }

    fn row_key(&self, slot: u32) -> Option<Box<dyn Any>> {
        Some(Box::new(self.stored(slot)?.key()?))
    }

    fn has_key(&self, slot: u32) -> bool {
        self.slots.object(slot).is_some_and(|object| object.key().is_some())
    }

    fn holder_of_key(&self, slot: u32) -> Option<u32> {
        Arena::holder_of_key(self, slot)
    }

    fn new_by_key(&self) -> KeyFinder {
        self.finder(&self.pending())
    }

    fn finder(&self, slots: &[u32]) -> KeyFinder {
        let key = |&slot: &u32| Some((self.slots.object(slot)?.key()?, slot));
        KeyFinder::new(slots.iter().filter_map(key))
    }

    fn gives_up_key(&self, key: &dyn Any) -> Option<u32> {
        if self.bases.is_empty() {
            return None;
        }
        let slot = self.find(key.downcast_ref()?)?;
        let stored = self.bases.get(&slot).and_then(T::key)?;
        let has = |slot: u32| {
            let now = self.slots.object(slot).and_then(T::key);
            now.is_some_and(|now| now == stored)
        };
        let given_up = self.is_present(slot) && !has(slot);
        (given_up && !self.waiting().into_iter().any(has)).then_some(slot)
    }

    fn set_auto_key(&mut self, slot: u32, key: Option<i64>) {
        if let Some(object) = self.slots.object_mut(slot) {
            object.set_auto_key(key);
        }
    }

    fn take_lost_keys(&mut self) -> bool {
        std::mem::take(&mut self.lost_keys)
    }

    fn keys_to_load(&self, keys: &[&dyn Any], horizon: u32) -> Box<dyn KeyList> {
        let lacks = |key: &&T::Key| {
            let slot = self.find(key).and_then(|slot| self.slots.header(slot));
            slot.is_none_or(|header| header.age() < horizon)
        };
        let keys = keys.iter().filter_map(|key| key.downcast_ref::<T::Key>());
        let mut keys: Vec<T::Key> = keys.filter(lacks).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        Box::new(KeysOf::<T>(keys))
    }

    fn sort_by_key(&self, found: &mut [(u32, u32)]) {
        let key = |found: &(u32, u32)| self.slots.object(found.1).and_then(T::key);
        let keys: Vec<Option<T::Key>> = found.iter().map(key).collect();
        if !keys.is_sorted() {
            found.sort_by_cached_key(key);
        }
    }

    fn note_absent(&mut self, keys: &dyn KeyList, subtype: usize, age: u32) {
        if self.absent.len() <= subtype {
            self.absent.resize_with(subtype + 1, HashMap::default);
        }
        for n in 0..keys.len() {
            if let Some(key) = keys.key(n).and_then(|key| key.downcast_ref::<T::Key>())
                && self.find(key).is_none()
            {
                self.absent[subtype].insert(key.clone(), age);
            }
        }
    }

    fn is_absent(&self, key: &dyn Any, subtype: usize, horizon: u32) -> bool {
        let age =
            self.absent.get(subtype).zip(key.downcast_ref()).and_then(|(at, key)| at.get(key));
        age.is_some_and(|&age| age >= horizon)
    }

    fn forget_absent(&mut self) {
        self.absent = Vec::new();
    }
}
