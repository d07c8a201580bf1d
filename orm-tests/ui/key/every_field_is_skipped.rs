// A table must have a column.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(skip)]
    id: i64,
}

fn main() {}
