// A view that the schema creates must have a SELECT.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view = "")]
struct Report {
    #[entity(primary_key)]
    id: i64,
}

fn main() {}
