// A key must be equal to itself.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(primary_key)]
    weight: f64,
    name: String,
}

fn main() {}
