// A default has the type of the field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(default = "many")]
    count: i32,
}

fn main() {}
