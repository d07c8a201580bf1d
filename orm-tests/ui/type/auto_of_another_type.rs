// The database generates keys of four types.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<u16>,
    name: String,
}

fn main() {}
