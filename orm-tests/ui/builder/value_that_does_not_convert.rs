// A setter takes what becomes the type of the field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
}

fn main() {
    let _ = User::builder().name(36).build();
}
