// A code has at most 32 bits.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(code = 5_000_000_000)]
    Part,
}

fn main() {}
