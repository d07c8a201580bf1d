// A relationship cannot be secret.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(secret)]
    notes: HasMany<Note>,
}

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(secret)]
    user: ForeignKey<User>,
}

fn main() {}
