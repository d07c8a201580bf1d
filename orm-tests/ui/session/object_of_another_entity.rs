// A reference is compared with an object of its target.
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
    let home = session.query::<Address>().one().unwrap();
    let _ = session.query::<Address>().filter(address::user.eq(home)).all();
}

fn main() {}
