// A builder that is dropped does nothing.
#![deny(unused_must_use)]
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

fn main() {
    User::builder();
    let _ = user::id;
}
