// A table must have a column.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User;

fn main() {}
