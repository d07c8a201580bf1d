// `on_delete` requires a reference.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(on_delete = cascade)]
    user: i64,
}

fn main() {}
