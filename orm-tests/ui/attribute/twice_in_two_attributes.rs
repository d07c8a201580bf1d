// A word is given once, in whichever attribute.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(unique)]
    #[entity(unique)]
    name: String,
}

fn main() {}
