// A setter takes a value that converts to the type of the field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    weight: f64,
}

fn main() {
    let _ = User::builder().weight("36").build();
}
