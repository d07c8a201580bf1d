// An unknown word on a struct is answered with the known ones.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(tablename = "users")]
struct User {
    id: i64,
}

fn main() {}
