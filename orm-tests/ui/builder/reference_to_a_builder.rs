// A reference can be set to an object, a handle or a key.
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

fn home() -> Address {
    Address::builder().email("home").user(User::builder().name("ada")).build()
}

fn main() {}
