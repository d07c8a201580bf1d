// The name of a table is a literal.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(table = users)]
struct User {
    id: i64,
}

fn main() {}
