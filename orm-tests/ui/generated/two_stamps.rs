// A column can hold only one of the two times.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(created_at, updated_at)]
    changed: chrono::NaiveDateTime,
}

fn main() {}
