// A key is compared and hashed.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Part,
}

#[derive(Entity)]
struct Wage {
    #[entity(primary_key)]
    kind: Kind,
}

fn main() {}
