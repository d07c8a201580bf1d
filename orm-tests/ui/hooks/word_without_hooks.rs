//! An entity that says `hooks` implements them.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(hooks)]
struct User {
    id: Auto<i64>,
    name: String,
}

fn main() {}
