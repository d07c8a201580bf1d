// The name of a table is a string.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(table = 3)]
struct User {
    id: i64,
}

fn main() {}
