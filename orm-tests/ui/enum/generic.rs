// One column has one type.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<const N: usize> {
    Part,
}

fn main() {}
