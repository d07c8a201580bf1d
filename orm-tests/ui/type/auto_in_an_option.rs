// `Auto` can already be unset.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: Option<Auto<i64>>,
}

fn main() {}
