// A value is written after `=`, not in parentheses.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(length(30))]
    name: String,
}

fn main() {}
