// The codes of one column must be of one kind.
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
