// A column has only one NULL.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: Option<Option<String>>,
}

fn main() {}
