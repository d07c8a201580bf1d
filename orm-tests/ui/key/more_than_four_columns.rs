// A composite key has at most four columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    a: i32,
    #[entity(primary_key)]
    b: i32,
    #[entity(primary_key)]
    c: i32,
    #[entity(primary_key)]
    d: i32,
    #[entity(primary_key)]
    e: i32,
}

fn main() {}
