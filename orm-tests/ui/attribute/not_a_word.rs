// A string is not an attribute.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity("name")]
    name: String,
}

fn main() {}
