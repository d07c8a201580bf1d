// A column along a relationship must be one of its target.
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
    let _ = session.query::<Address>().order_by(address::user.column(address::email)).all();
}

fn main() {}
