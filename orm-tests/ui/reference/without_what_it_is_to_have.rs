// Without a constraint nothing is left to the database, and `no_index` contradicts `index`.

use orm_runtime::prelude::*;

#[derive(Entity)]
struct Part {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
    #[entity(no_constraint, on_delete = database)]
    part: ForeignKey<Part>,
    #[entity(index, no_index)]
    other: ForeignKey<Part>,
    #[entity(no_index)]
    count: i32,
}

fn main() {}
