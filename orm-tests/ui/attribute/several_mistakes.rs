// All mistakes of a struct are reported together.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(tabel = "users")]
struct User {
    id: Option<i64>,
    #[entity(uniqe)]
    name: u64,
    #[entity(length = 30)]
    count: i32,
}

fn main() {}
