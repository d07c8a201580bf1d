// A code stands for one value.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Part(i32),
    Full,
}

fn main() {}
