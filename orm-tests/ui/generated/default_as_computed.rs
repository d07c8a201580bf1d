// The program can set a value with a default.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2")]
    total: Computed<i64>,
}

fn main() {}
