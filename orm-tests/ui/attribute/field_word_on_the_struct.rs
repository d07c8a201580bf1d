// An attribute of a field has no meaning on the struct.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(length = 30)]
struct User {
    id: i64,
}

fn main() {}
