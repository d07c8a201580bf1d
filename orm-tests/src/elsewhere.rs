//! An entity of another crate than the tests that use it.

use orm_runtime::prelude::*;

/// A town.
#[derive(Entity, Debug)]
pub struct Town {
    /// The key.
    pub id: Auto<i64>,
    /// What it is called.
    #[entity(length = 40)]
    pub name: String,
}
