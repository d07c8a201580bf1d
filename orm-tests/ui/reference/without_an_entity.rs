// A reference must name an entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
#[entity(foreign_key(columns(user, id)))]
struct Address {
    id: Auto<i64>,
    user: i64,
}

fn main() {}
