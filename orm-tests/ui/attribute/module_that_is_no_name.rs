// The name of the module must be an identifier.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(module = "ring_columns")]
struct Ring {
    id: Auto<i64>,
}

fn main() {}
