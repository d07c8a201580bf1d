// An `Option` has two setters.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: Option<String>,
    maybe_name: bool,
}

fn main() {}
