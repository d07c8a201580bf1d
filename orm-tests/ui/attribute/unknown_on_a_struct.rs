// The error for an unknown attribute on a struct lists the known ones.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(tablename = "users")]
struct User {
    id: i64,
}

fn main() {}
