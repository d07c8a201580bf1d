// An attribute can be given only once.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length = 30, length = 40)]
    name: String,
}

fn main() {}
