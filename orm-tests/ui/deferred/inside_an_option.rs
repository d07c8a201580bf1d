// `Deferred` is around `Option`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    portrait: Option<Deferred<Vec<u8>>>,
}

fn main() {}
