use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Profile {
    #[entity(primary_key)]
    user: Option<ForeignKey<User>>,
}

fn main() {}
