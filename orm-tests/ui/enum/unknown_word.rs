// A variant has only a few attributes.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    #[db_enum(text = "part time")]
    Part,
}

fn main() {}
