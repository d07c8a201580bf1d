// A key is unique and has an index by itself.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(unique)]
    id: i32,
    name: String,
}

fn main() {}
