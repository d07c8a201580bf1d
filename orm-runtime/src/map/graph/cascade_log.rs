//! What a running flush has brought about by itself, to be taken back when it fails.

use crate::handle::RawHandle;
use crate::map::store::State;

/// What the running flush has brought about by itself.
#[derive(Debug, Default)]
pub(crate) struct CascadeLog {
    /// Objects by entity and slot, and what they were.
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
    /// Where it led.
    pub(super) target: (usize, u32),
}
