// A marked key takes the place of the field `id`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(primary_key)]
    name: String,
}

fn main() {}
