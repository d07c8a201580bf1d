// A filter compares a column with a value of its type.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    name: String,
}

fn main() {
    let _ = user::table.filter(user::name.eq(7));
}
