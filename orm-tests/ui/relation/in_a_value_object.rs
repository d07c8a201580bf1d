use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Place {
    street: String,
    owner: ForeignKey<User>,
}

fn main() {}
