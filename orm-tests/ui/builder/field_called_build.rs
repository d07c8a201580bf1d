// The builder's own method keeps its name.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    build: String,
}

fn main() {}
