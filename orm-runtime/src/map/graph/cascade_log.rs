//! What a running flush has brought about by itself, to be taken back when it fails.

use crate::handle::RawHandle;
use crate::map::store::states::State;

/// What the running flush has brought about by itself.
#[derive(Debug, Default)]
pub(crate) struct CascadeLog {
    /// Objects by entity and slot, and what they were.
    pub(in crate::map) states: Vec<(usize, u32, State)>,
    pub(in crate::map) references: Vec<Nullified>,
}

#[derive(Debug)]
pub(in crate::map) struct Nullified {
    pub(in crate::map) child: usize,
    pub(in crate::map) slot: u32,
    pub(in crate::map) foreign_key: usize,
    pub(in crate::map) link: Option<RawHandle>,
    pub(in crate::map) had_key: bool,
    /// Where it led.
    pub(in crate::map) target: (usize, u32),
}
