// Two value objects need names of their own.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(embed, prefix = "")]
    home: Place,
    #[entity(embed, prefix = "")]
    work: Place,
}

fn main() {}
