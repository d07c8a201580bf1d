// A column can be deferred only once.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    portrait: Deferred<Deferred<Vec<u8>>>,
}

fn main() {}
