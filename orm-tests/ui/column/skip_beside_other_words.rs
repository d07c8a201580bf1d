// A field that is not a column has no attributes of a column.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(skip, unique, length = 30)]
    name: String,
}

fn main() {}
