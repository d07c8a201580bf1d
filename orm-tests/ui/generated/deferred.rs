// A generated value is read back immediately.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2")]
    total: Generated<Deferred<i64>>,
}

fn main() {}
