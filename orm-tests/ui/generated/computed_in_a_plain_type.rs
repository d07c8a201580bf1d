// A computed value can only be read.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(computed = "price * 2")]
    total: i64,
}

fn main() {}
