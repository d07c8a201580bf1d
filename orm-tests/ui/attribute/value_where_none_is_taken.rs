// An attribute without a value must not have one.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique = true)]
    name: String,
}

fn main() {}
