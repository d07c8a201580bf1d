// An entity needs a key, by which the identity map finds the object of a row.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    name: String,
}

fn main() {}
