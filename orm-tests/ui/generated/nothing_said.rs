// The mapping must say how the database generates the value.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    made: Generated<i64>,
    total: Computed<i64>,
}

fn main() {}
