// Each code belongs to one variant.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(code = "P")]
    Part,
    #[db_enum(code = "F", alias = "P")]
    Full,
}

fn main() {}
