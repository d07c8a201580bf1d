// A key is never NULL.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Option<i64>,
    name: String,
}

fn main() {}
