// An unknown action is an error that lists the known ones.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(references = User, on_delete = delete)]
    user: i64,
}

fn main() {}
