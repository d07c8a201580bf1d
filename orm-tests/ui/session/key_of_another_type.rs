// A key must have the type of the entity's key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    addresses: HasMany<Address>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    email: String,
    user: ForeignKey<User>,
}

fn query(session: &mut Session) {
    let number: i32 = 7;
    let _ = session.get::<User>(number);
}

fn main() {}
