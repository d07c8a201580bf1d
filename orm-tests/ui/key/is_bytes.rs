// Not every database supports bytes as a key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Vec<u8>,
}

fn main() {}
