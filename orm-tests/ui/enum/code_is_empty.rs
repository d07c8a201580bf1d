// A code must not be empty.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(code = "")]
    Part,
    #[db_enum(code = "a ")]
    Full,
}

fn main() {}
