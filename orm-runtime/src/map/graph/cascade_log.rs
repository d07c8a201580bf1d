//! The cascades of a running flush, to be undone if it fails.

use crate::handle::RawHandle;
use crate::map::store::State;

/// The cascades of the running flush.
#[derive(Debug, Default)]
pub(crate) struct CascadeLog {
    /// Objects by entity and slot, with their previous states.
    pub(super) states: Vec<(usize, u32, State)>,
    pub(super) references: Vec<Nullified>,
}

#[derive(Debug)]
pub(super) struct Nullified {
    pub(super) child: usize,
    pub(super) slot: u32,
    pub(super) foreign_key: usize,
    pub(super) link: Option<RawHandle>,
    pub(super) had_key: bool,
    /// The previous target.
    pub(super) target: (usize, u32),
}
