// A list must contain values of the column's type.
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
    let _ = session.query::<User>().filter(user::name.in_list([Some("ada")])).all();
}

fn main() {}
