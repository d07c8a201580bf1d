// An index has only a few attributes.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(index(columns(line), when = "line > 3"))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
