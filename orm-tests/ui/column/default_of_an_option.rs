// An `Option` has a default by itself.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(default)]
    name: Option<String>,
}

fn main() {}
