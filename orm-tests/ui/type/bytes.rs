// An entity owns its bytes.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: &'static [u8],
}

fn main() {}
