//! An entity in a different crate from the tests that use it.

use orm_runtime::prelude::*;

/// A town.
#[derive(Entity, Debug)]
pub struct Town {
    /// The key.
    pub id: Auto<i64>,
    /// The name.
    #[entity(length = 40)]
    pub name: String,
}
