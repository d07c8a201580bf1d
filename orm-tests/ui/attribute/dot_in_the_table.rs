// The schema is not part of the table's name.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(table = "app.users")]
struct User {
    id: i64,
}

fn main() {}
