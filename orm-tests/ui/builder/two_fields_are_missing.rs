// Each missing field is named.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
    email: String,
}

fn main() {
    let _ = User::builder().build();
}
