// A union cannot be stored.
use orm_runtime::prelude::*;

#[derive(DbType)]
pub union Either {
    a: i32,
    b: f32,
}

fn main() {}
