// A view is made of a SELECT, where it is made here.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view = "")]
struct Report {
    #[entity(primary_key)]
    id: i64,
}

fn main() {}
