// A value object is one.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(embed)]
    homes: Vec<Place>,
}

fn main() {}
