// A version is an integer.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(version)]
    version: String,
}

fn main() {}
