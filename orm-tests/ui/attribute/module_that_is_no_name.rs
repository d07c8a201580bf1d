// The module of the columns has a name.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(module = "ring_columns")]
struct Ring {
    id: Auto<i64>,
}

fn main() {}
