use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(through = "user_tag")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity)]
struct Tag {
    id: Auto<i64>,
    #[entity(through = "user_tag", inverse = tags)]
    users: ManyToMany<User>,
}

fn main() {}
