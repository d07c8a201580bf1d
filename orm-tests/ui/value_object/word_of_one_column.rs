// A value object is several columns.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: String,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(embed, unique, column = "home")]
    home: Place,
}

fn main() {}
