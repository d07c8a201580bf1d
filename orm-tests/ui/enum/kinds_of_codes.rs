// One column holds one kind of code.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(code = 1)]
    Part,
    #[db_enum(code = "F")]
    Full,
    Other,
}

fn main() {}
