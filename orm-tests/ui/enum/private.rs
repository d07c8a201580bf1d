// A column mentions the type, and Diesel makes columns public.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Part,
    Full,
}

fn main() {}
