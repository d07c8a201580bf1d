// Only the session sets the version.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(version)]
    revision: i32,
}

fn main() {
    let _ = User::builder().revision(2).build();
}
