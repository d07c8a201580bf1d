// A column must have a name.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User(i64, String);

fn main() {}
