// A value must follow `=`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length =)]
    name: String,
}

fn main() {}
