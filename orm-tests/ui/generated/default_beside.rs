// The database generates the value.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(db_default = "2", default = 3)]
    total: Generated<i64>,
}

fn main() {}
