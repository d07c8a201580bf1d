//! The soft-delete column must be a time.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(soft_delete)]
    deleted: Option<bool>,
}

fn main() {}
