// A setter takes the type of the field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    age: i32,
}

fn main() {
    let _ = User::builder().age("36").build();
}
