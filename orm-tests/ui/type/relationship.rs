// Relationships are not there yet.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: HasMany<Address>,
}

fn main() {}
