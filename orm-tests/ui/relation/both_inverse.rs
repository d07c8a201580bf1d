// One side of many-to-many must name what connects the two.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(inverse = users)]
    tags: ManyToMany<Tag>,
}

#[derive(Entity)]
struct Tag {
    id: Auto<i64>,
    #[entity(inverse = tags)]
    users: ManyToMany<User>,
}

fn main() {}
