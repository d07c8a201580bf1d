// The wrapper goes around the whole type.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Email(Option<String>);

fn main() {}
