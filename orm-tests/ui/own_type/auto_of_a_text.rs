// A database makes integers.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

#[derive(Entity)]
struct User {
    id: Auto<Name>,
}

fn main() {}
