// A prefix is for the columns of a value object.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(prefix = "home_")]
    home: String,
    #[entity(columns(street = "s"))]
    work: String,
}

fn main() {}
