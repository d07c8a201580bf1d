//! What an arena keeps beside its objects: transient ones, soft deletes, keys that are equal.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use foldhash::fast::RandomState;

use super::slot::SlotRef;

/// The transient objects of an arena, the oldest first.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// Those that became so in the open transaction, or with its end.
    pub(super) now: Vec<SlotRef>,
    /// Those of earlier ones.
    pub(super) before: Vec<SlotRef>,
}

/// What is known of the deleted rows of one entity.
#[derive(Debug)]
pub(crate) struct SoftDeletes<K> {
    /// Objects marked for deletion whose rows are to go for good; also when they are gone, for the database may undo
    /// it.
    pub(super) purged: BTreeSet<u32>,
    /// Objects whose rows were marked as deleted in this transaction, and in which of its transaction scopes.
    pub(super) soft_deleted: HashMap<K, (u32, usize)>,
}

impl<K> Default for SoftDeletes<K> {
    fn default() -> Self {
        SoftDeletes { purged: BTreeSet::new(), soft_deleted: HashMap::new() }
    }
}

impl<K: Eq + Hash> SoftDeletes<K> {
    pub(super) fn is_purged(&self, slot: u32) -> bool {
        self.purged.contains(&slot)
    }

    /// Forgets an object that leaves the session.
    pub(super) fn forget(&mut self, slot: u32) {
        self.purged.remove(&slot);
        if !self.soft_deleted.is_empty() {
            self.soft_deleted.retain(|_, (soft_deleted, _)| *soft_deleted != slot);
        }
    }
}

/// What an arena keeps: keys, and how the row that each of them finds has it.
pub(super) type EqualKeys<K> = HashMap<K, K, RandomState>;
