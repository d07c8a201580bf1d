// A column must have room for a character.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length = 0)]
    name: String,
}

fn main() {}
