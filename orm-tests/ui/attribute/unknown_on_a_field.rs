// The error for an unknown attribute on a field lists the known ones.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(uniqe)]
    name: String,
}

fn main() {}
