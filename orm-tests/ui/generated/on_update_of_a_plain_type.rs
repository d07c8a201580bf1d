// What the database sets is no value of the program's alone.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Page {
    id: Auto<i64>,
    #[entity(on_update)]
    changes: i64,
}

fn main() {}
