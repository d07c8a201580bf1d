// A checked type must implement `TryFrom`.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
#[db_type(try_from)]
pub struct Email(String);

fn main() {}
