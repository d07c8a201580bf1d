// A loaded object has a default in a skipped field.
use orm_runtime::prelude::*;

struct Connection;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(skip)]
    connection: Connection,
}

fn main() {}
