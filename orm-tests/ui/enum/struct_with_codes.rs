// Codes are for the variants of an enum.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    code: i32,
}

fn main() {}
