// A marked key replaces the field `id`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(primary_key)]
    name: String,
}

fn main() {}
