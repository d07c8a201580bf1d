//! For which objects a relationship is loaded, and what the previous statement has already loaded.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::session::options::Lazy;

/// The objects for which the nodes of a tree are loaded.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) enum Mode {
    /// Exactly the given objects. What is older than the horizon is read again.
    Exact { horizon: u32 },
    /// Exactly the given objects, whose collections the session needs to decide a write. What is
    /// older than the transaction is read again.
    ToDecide,
    /// The given objects and others, as the session's option says.
    Lazy(Lazy),
}

/// The objects that the previous statement has loaded, so what is joined to them is loaded as well.
#[derive(Debug)]
pub(in crate::session) enum Fresh {
    None,
    Some(HashSet<u32, RandomState>),
    All,
}
