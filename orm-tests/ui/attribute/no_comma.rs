// Attributes are separated by commas.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique index)]
    name: String,
}

fn main() {}
