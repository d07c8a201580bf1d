// Diesel can name a schema only by an identifier.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(schema = "my-app")]
struct User {
    id: i64,
}

fn main() {}
