// Only the variants of an enum have codes.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    code: i32,
}

fn main() {}
