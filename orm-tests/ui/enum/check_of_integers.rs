// Only text codes can be a native enumeration.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[db_enum(check, type_name = "kinds")]
pub enum Kind {
    Part = 1,
    Full = 2,
}

fn main() {}
