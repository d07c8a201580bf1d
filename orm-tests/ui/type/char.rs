// No column type holds a `char`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: char,
}

fn main() {}
