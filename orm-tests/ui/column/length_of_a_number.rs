// Only a string has a length.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length = 30)]
    count: i32,
}

fn main() {}
