// An attribute can be given only once, even in separate lists.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique)]
    #[entity(unique)]
    name: String,
}

fn main() {}
