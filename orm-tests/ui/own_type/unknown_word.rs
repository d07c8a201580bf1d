// The words of a type are few.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
#[db_type(check)]
pub struct Email(String);

fn main() {}
