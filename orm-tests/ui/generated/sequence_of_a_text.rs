// A sequence generates integers.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(sequence = "totals")]
    total: Generated<String>,
    #[entity(sequence = "others")]
    other: i64,
}

fn main() {}
