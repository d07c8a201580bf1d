use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    boss: Option<ForeignKey<User, Auto<i64>>>,
}

fn main() {}
