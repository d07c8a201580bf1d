// A union is not a row.
use orm_runtime::prelude::*;

#[derive(Entity)]
union User {
    id: i64,
}

fn main() {}
