// A type without a name requires `sql_type`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: (i32, i32),
}

fn main() {}
