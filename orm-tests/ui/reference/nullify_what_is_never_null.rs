// Only a column that may be NULL can be nullified.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    #[entity(references = User, on_delete = nullify)]
    user: i64,
}

fn main() {}
