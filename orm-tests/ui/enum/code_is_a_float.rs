// Codes are compared for equality.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(code = 1.5)]
    Part,
}

fn main() {}
