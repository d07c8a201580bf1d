//! The keys that a running flush has given to objects and references.

/// The keys that the running flush has given.
#[derive(Debug, Default)]
pub(crate) struct PropagatedKeys {
    /// To objects, by entity and slot.
    pub(in crate::map) objects: Vec<(usize, u32)>,
    /// To references, by entity, slot and foreign key.
    pub(in crate::map) references: Vec<(usize, u32, usize)>,
}

/// A stored reference that says meanwhile what is in the database.
#[derive(Debug, Clone, Copy)]
pub(in crate::map) struct FoundByNewKey {
    pub(in crate::map) child: usize,
    pub(in crate::map) slot: u32,
    pub(in crate::map) foreign_key: usize,
    pub(in crate::map) target: (usize, u32),
}
