// No column type holds every `usize`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: usize,
}

fn main() {}
