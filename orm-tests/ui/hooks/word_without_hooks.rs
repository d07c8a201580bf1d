//! An entity with the attribute `hooks` must implement them.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(hooks)]
struct User {
    id: Auto<i64>,
    name: String,
}

fn main() {}
