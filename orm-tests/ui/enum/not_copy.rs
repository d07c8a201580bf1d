// An enum with codes is a small value.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Part,
    Full,
}

fn main() {}
