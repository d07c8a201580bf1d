// Every field of a value object is a column.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
    #[entity(skip)]
    seen: bool,
}

fn main() {}
