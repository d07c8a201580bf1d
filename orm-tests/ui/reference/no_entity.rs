// A reference must be to an entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(references = String)]
    user: String,
}

fn main() {}
