// A generated key has no default.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(default = 7)]
    id: Auto<i64>,
}

fn main() {}
