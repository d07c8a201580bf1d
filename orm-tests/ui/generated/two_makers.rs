// A value can be generated in only one way.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2", sequence = "totals")]
    total: Generated<i64>,
}

fn main() {}
