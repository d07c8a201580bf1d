// A grouped query can select only grouped columns and aggregates.
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
    let _ = session.query::<User>().group_by(user::name).select(user::age).load::<Option<i32>>();
}

fn main() {}
