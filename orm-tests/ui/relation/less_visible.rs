// The unit struct of a relationship exposes both entities.
use orm_runtime::prelude::*;

#[derive(Entity)]
pub struct User {
    id: Auto<i64>,
    boss: ForeignKey<Boss>,
}

#[derive(Entity)]
struct Boss {
    id: Auto<i64>,
}

fn main() {}
