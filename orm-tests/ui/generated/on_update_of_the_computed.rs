// A computed value is read after every UPDATE anyway.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Page {
    id: Auto<i64>,
    words: i64,
    #[entity(computed = "words * 2", on_update)]
    double: Computed<i64>,
}

fn main() {}
