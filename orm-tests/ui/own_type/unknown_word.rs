// A type has only a few attributes.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
#[db_type(check)]
pub struct Email(String);

fn main() {}
