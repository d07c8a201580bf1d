//! The state of an arena besides its objects: transient objects, soft deletes, equal keys.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use foldhash::fast::RandomState;

use super::slot::SlotRef;

/// The transient objects of an arena, the oldest first.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// The objects that became transient in the open transaction, or at its end.
    pub(super) now: Vec<SlotRef>,
    /// The objects that became transient in earlier transactions.
    pub(super) before: Vec<SlotRef>,
}

/// What is known of the soft-deleted rows of one entity.
#[derive(Debug)]
pub(crate) struct SoftDeletes<K> {
    /// Objects marked for deletion whose rows are removed and not kept. They stay here after the
    /// deletion, because the transaction may be rolled back.
    pub(super) purged: BTreeSet<u32>,
    /// Objects whose rows were soft-deleted in this transaction, each with its transaction scope.
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

/// Keys, each with the key that the row has which it finds.
pub(super) type EqualKeys<K> = HashMap<K, K, RandomState>;
