use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(through = "friendship")]
    friends: ManyToMany<User>,
}

fn main() {}
