use orm_runtime::prelude::*;

struct User;

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    user: ForeignKey<User>,
}

fn main() {}
