// A key is always loaded.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Deferred<i64>,
    name: String,
}

fn main() {}
