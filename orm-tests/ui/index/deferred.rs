// No database indexes values of unlimited size.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(index(line, plan))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
