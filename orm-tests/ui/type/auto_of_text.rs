// The database makes integer keys.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<String>,
    name: String,
}

fn main() {}
