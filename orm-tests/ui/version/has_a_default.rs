// A version starts at 1.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(version, default = 7)]
    version: i32,
}

fn main() {}
