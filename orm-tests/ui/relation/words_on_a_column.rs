use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(inverse = user, order_by = id, through = "x", filter = all, delete_orphan, foreign_keys(a, b))]
    name: String,
}

fn main() {}
