// An `Option` already has a default.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(default)]
    name: Option<String>,
}

fn main() {}
