// Two value objects must have columns with different names.
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
