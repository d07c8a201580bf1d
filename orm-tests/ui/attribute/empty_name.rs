// No database accepts an empty name.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(column = "")]
    name: String,
}

fn main() {}
