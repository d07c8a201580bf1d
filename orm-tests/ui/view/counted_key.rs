// The rows of a view already have their keys.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view = "SELECT id FROM part")]
struct Report {
    id: Auto<i64>,
}

fn main() {}
