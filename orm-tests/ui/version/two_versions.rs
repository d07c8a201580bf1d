// A row has one version.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(version)]
    first: i32,
    #[entity(version)]
    second: i32,
}

fn main() {}
