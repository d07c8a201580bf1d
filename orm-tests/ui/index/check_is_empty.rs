// A check must have a condition.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(check = "")]
struct Seat {
    id: Auto<i64>,
    line: i32,
    name: String,
    plan: Deferred<String>,
}

fn main() {}
