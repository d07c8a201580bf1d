// One error is enough for a reference and its lifetime.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User<'a> {
    id: i64,
    name: &'a str,
}

fn main() {}
