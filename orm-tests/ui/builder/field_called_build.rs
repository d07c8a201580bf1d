// A setter cannot have the name of the builder's own method.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    build: String,
}

fn main() {}
