// An unknown word on a field is answered with the known ones.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(uniqe)]
    name: String,
}

fn main() {}
