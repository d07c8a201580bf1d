// A value that the database also sets requires a wrapper.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Page {
    id: Auto<i64>,
    #[entity(on_update)]
    changes: i64,
}

fn main() {}
