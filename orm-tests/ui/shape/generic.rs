// A table has one set of columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User<T> {
    id: i64,
    value: T,
}

fn main() {}
