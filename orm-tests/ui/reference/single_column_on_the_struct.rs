// A reference of one column is declared on its field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
#[entity(foreign_key(columns(user), references = User))]
struct Address {
    id: Auto<i64>,
    user: i64,
}

fn main() {}
