// No column holds every `u64`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: u64,
}

fn main() {}
