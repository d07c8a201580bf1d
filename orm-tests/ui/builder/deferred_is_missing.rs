// A deferred column is required like any other.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    portrait: Deferred<Vec<u8>>,
}

fn main() {
    let _ = User::builder().build();
}
