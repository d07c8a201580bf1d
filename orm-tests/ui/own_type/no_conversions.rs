// A type of several fields converts itself.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Point {
    x: i32,
    y: i32,
}

fn main() {}
