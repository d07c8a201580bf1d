// An `Option` is passed to the setter that begins with `maybe_`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    age: Option<i32>,
}

fn main() {
    let _ = User::builder().age(Some(36)).build();
}
