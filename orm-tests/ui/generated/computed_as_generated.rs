// The program cannot set a computed value.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(computed = "price * 2")]
    total: Generated<i64>,
}

fn main() {}
