// A view has nothing that only a table has.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view, index(city), check = "id > 0", comment = "all of them")]
struct Report {
    #[entity(primary_key)]
    id: i64,
    #[entity(unique)]
    city: String,
    #[entity(version)]
    version: i32,
    #[entity(on_delete = cascade)]
    part: ForeignKey<Part>,
}

#[derive(Entity)]
struct Part {
    id: Auto<i64>,
}

fn main() {}
