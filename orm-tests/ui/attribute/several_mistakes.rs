// All mistakes of a struct are reported together.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(tabel = "users")]
struct User {
    id: Option<i64>,
    #[entity(uniqe)]
    name: usize,
    #[entity(length = 30)]
    count: i32,
}

fn main() {}
