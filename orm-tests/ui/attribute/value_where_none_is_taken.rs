// A word that takes no value stands alone.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique = true)]
    name: String,
}

fn main() {}
