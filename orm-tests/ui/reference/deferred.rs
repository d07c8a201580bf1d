// A reference is always loaded.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(references = User)]
    user: Deferred<i64>,
}

fn main() {}
