// A column can be in an index only once.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(index(line, line))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
