// The database does not generate part of a key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(primary_key)]
    part: i32,
}

fn main() {}
