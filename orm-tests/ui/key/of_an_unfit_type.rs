// A key is of a type that implements `Key`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Vec<u8>,
}

fn main() {}
