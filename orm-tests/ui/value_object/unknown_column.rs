// Only an existing column can be renamed.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
    city: String,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(embed, columns(town = "home_town"))]
    home: Place,
}

fn main() {}
