//! What a session has found out about its database, once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::backend::Dialect;
use crate::mapping::{ColumnSet, Entity};
use crate::sql::{self, KeyForm};

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
    /// The SELECT of one row by key, by entity.
    by_key: HashMap<usize, Arc<str>, foldhash::fast::RandomState>,
}

impl Facts {
    /// The text that loads one row by key: made once, for it is the statement that comes most often.
    pub(crate) fn select_by_key<T: Entity>(&mut self, dialect: Dialect) -> Arc<str> {
        let text = self.by_key.entry(T::entity_index()).or_insert_with(|| {
            sql::select_by_key(dialect, T::META, ColumnSet::EMPTY, KeyForm::One).into()
        });
        Arc::clone(text)
    }
}
