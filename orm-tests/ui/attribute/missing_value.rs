// An attribute that takes a value must have one.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(column)]
    name: String,
}

fn main() {}
