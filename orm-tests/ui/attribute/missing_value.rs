// A word that takes a value does not stand alone.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(column)]
    name: String,
}

fn main() {}
