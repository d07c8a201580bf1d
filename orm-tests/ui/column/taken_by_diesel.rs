// Diesel creates items beside the columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    table: String,
}

fn main() {}
