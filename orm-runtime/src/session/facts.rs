//! What a session has found out about its database, once.

use std::collections::HashMap;

/// How the keys come back that the database makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeneratedKeys {
    /// `RETURNING`.
    Returned,
    /// The rows of one INSERT have keys in a row, and the database tells one of them.
    Counted,
}

#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// By entity.
    pub(crate) generated_keys: HashMap<usize, GeneratedKeys, foldhash::fast::RandomState>,
}
