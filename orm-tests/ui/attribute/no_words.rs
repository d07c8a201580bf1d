// Attributes are written in parentheses.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity]
    name: String,
}

fn main() {}
