// The key already has an index.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(unique(id))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
