// A value object must derive `Embed`.
use orm_runtime::prelude::*;

#[derive(Debug, Clone)]
struct Place {
    street: String,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(embed)]
    home: Place,
}

fn main() {}
