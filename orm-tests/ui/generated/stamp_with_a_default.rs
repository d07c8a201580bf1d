// The session sets the time.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: i64,
    #[entity(updated_at, default)]
    changed: chrono::NaiveDateTime,
}

fn main() {}
