// A length is a positive number.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length = -1)]
    name: String,
}

fn main() {}
