//! The keys that a running flush has set in objects and references.

/// The keys that the running flush has set.
#[derive(Debug, Default)]
pub(crate) struct PropagatedKeys {
    /// Keys of objects, by entity and slot.
    pub(super) objects: Vec<(usize, u32)>,
    /// Keys in references, by entity, slot and foreign key.
    pub(super) references: Vec<(usize, u32, usize)>,
    /// Stored references that have the key in the database until the flush is over.
    pub(super) found_by_new_key: Vec<FoundByNewKey>,
}

/// A stored reference that has the key in the database until the flush is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundByNewKey {
    pub(super) child: usize,
    pub(super) slot: u32,
    pub(super) foreign_key: usize,
    pub(super) target: (usize, u32),
}
