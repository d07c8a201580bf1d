// Two fields must be two columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    name: String,
    #[entity(column = "name")]
    other: String,
}

fn main() {}
