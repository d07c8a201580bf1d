// No database accepts a NUL in a name.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(column = "na\0me")]
    name: String,
}

fn main() {}
