// An attribute of the struct has no meaning on a field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(table = "users")]
    name: String,
}

fn main() {}
