// A text alone says nothing.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity("name")]
    name: String,
}

fn main() {}
