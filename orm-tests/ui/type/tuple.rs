// A type without a name needs `sql_type`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: (i32, i32),
}

fn main() {}
