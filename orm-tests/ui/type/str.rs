// An entity owns its text.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: &'static str,
}

fn main() {}
