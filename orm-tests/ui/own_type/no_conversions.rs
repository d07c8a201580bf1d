// A type of several fields must implement its own conversions.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Point {
    x: i32,
    y: i32,
}

fn main() {}
