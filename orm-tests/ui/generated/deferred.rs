// What is made is read back at once.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2")]
    total: Generated<Deferred<i64>>,
}

fn main() {}
