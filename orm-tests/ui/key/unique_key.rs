// A key is already unique and indexed.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(unique)]
    id: i32,
    name: String,
}

fn main() {}
