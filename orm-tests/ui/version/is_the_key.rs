// A key does not change with every UPDATE.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(version)]
    id: i64,
}

fn main() {}
