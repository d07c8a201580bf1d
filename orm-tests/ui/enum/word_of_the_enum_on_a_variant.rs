// The name of the type is written on the enum.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(type_name = "kinds")]
    Part,
}

fn main() {}
