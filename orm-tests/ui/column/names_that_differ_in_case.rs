// Not every database distinguishes `Name` from `name`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    name: String,
    #[entity(column = "Name")]
    other: String,
}

fn main() {}
