// A required field must be set.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
    fullname: Option<String>,
}

fn main() {
    let _ = User::builder().fullname("Ada Lovelace").build();
}
