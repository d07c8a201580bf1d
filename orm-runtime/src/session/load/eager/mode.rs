//! How much of a relationship is loaded, and what a statement has brought already.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::session::options::Lazy;

/// For which objects the nodes of a tree are loaded.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) enum Mode {
    /// For exactly those at hand; what is older than the horizon is read again.
    Exact { horizon: u32 },
    /// For those at hand and others, as the session says.
    Lazy(Lazy),
}

/// The objects that came by the statement before, so that what is joined to them has come as well.
#[derive(Debug)]
pub(in crate::session) enum Fresh {
    None,
    Some(HashSet<u32, RandomState>),
    All,
}
