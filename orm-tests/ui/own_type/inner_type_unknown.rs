// The inner type must be a column type.
use orm_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq)]
pub struct Inner;

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Outer(Inner);

fn main() {}
