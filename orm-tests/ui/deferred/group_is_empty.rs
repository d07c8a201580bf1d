// A group has a name.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(group = "")]
    portrait: Deferred<Vec<u8>>,
}

fn main() {}
