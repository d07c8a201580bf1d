// An index must have a column.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(index(where = "line > 3"))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
