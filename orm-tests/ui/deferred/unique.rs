// A deferred value cannot be in an index.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique)]
    portrait: Deferred<Vec<u8>>,
}

fn main() {}
