// A value object is its columns.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
    #[entity(skip)]
    seen: bool,
}

fn main() {}
