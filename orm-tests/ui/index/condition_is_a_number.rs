// A condition is SQL.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(index(columns(line), where = 3))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
