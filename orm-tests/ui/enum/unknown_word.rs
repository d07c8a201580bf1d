// The words of a variant are few.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(text = "part time")]
    Part,
}

fn main() {}
