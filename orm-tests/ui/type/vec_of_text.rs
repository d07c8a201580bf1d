// A column holds one value.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: Vec<String>,
}

fn main() {}
