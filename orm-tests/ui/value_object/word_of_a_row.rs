// A key belongs to a row, not to a value object.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    #[entity(primary_key)]
    street: String,
    #[entity(version)]
    number: i32,
}

fn main() {}
