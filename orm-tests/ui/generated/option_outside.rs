// The wrapper goes around the whole type.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2")]
    total: Option<Generated<i64>>,
}

fn main() {}
