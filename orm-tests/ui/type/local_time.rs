// The databases do not store a time zone.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    born: chrono::DateTime<chrono::Local>,
}

fn main() {}
