// The field must be able to hold a time.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(created_at)]
    created: String,
}

fn main() {}
