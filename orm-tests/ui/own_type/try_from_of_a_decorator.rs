// A decorator reports errors itself.
use orm_runtime::prelude::*;
use orm_runtime::{column::{BoxError, TypeDecorator}};

#[derive(DbType)]
#[db_type(try_from)]
pub struct Millis;

impl TypeDecorator for Millis {
    type Value = u8;
    type Stored = i32;

    fn to_stored(value: &u8) -> Result<i32, BoxError> {
        Ok(i32::from(*value))
    }

    fn from_stored(stored: i32) -> Result<u8, BoxError> {
        Ok(u8::try_from(stored)?)
    }
}

fn main() {}
