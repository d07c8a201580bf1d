use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    messages: HasMany<Message>,
}

#[derive(Entity)]
struct Message {
    id: Auto<i64>,
    from: ForeignKey<User>,
    to: ForeignKey<User>,
}

fn main() {}
