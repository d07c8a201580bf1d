// A reference is a key of what it leads to.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(references = User)]
    user: i32,
}

fn main() {}
