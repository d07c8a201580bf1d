// An expression must not be empty.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(computed = " ")]
    total: Computed<i64>,
}

fn main() {}
