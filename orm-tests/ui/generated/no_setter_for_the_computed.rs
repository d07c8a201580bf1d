// A computed value has no setter.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(computed = "price * 2")]
    total: Computed<i64>,
}

fn line() -> Line {
    Line::builder().price(1).total(2).build()
}

fn main() {}
