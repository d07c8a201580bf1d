// A row has the types of the selected columns, and nullable columns are `Option`.
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
    let _ = session.query::<User>().select(diesel::dsl::max(user::age)).load::<i32>();
}

fn main() {}
