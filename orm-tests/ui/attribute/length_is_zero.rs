// A column that holds no character is a mistake.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length = 0)]
    name: String,
}

fn main() {}
