// A condition must be on columns of the query's entity.
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
    let _ = session.query::<User>().filter(address::email.eq("home")).all();
}

fn main() {}
