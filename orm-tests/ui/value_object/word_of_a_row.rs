// A key is said of a row.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    #[entity(primary_key)]
    street: String,
    #[entity(version)]
    number: i32,
}

fn main() {}
