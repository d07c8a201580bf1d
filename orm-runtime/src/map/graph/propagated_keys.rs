//! The keys that a running flush has given to objects and references.

/// The keys that the running flush has given.
#[derive(Debug, Default)]
pub(crate) struct PropagatedKeys {
    /// To objects, by entity and slot.
    pub(super) objects: Vec<(usize, u32)>,
    /// To references, by entity, slot and foreign key.
    pub(super) references: Vec<(usize, u32, usize)>,
    /// Stored references that say meanwhile what is in the database.
    pub(super) found_by_new_key: Vec<FoundByNewKey>,
}

/// A stored reference that says meanwhile what is in the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundByNewKey {
    pub(super) child: usize,
    pub(super) slot: u32,
    pub(super) foreign_key: usize,
    pub(super) target: (usize, u32),
}
