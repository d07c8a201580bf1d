// A version is never NULL.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(version)]
    version: Option<i32>,
}

fn main() {}
