// An index can have only existing columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(unique(line, row))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
