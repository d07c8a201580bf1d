// The version is the session's own.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(version)]
    version: i32,
}

fn main() {
    let _ = User::builder().version(2).build();
}
