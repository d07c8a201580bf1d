// Only a key can be `Auto`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    serial: Auto<i64>,
}

fn main() {}
