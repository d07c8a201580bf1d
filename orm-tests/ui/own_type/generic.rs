// One column has one type.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Tagged<T>(T);

fn main() {}
