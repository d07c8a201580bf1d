// A decorator stores what every database stores.
use orm_runtime::prelude::*;
use orm_runtime::{BoxError, TypeDecorator};

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Point {
    x: i32,
}

impl TypeDecorator for Point {
    type Value = Self;
    type Stored = u64;

    fn to_stored(_: &Self) -> Result<u64, BoxError> {
        Ok(1)
    }

    fn from_stored(_: u64) -> Result<Self, BoxError> {
        Ok(Point { x: 1 })
    }
}

fn main() {}
