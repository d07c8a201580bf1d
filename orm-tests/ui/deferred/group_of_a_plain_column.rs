// Only deferred columns can be in a group.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(group = "pictures")]
    portrait: Vec<u8>,
}

fn main() {}
