use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(inverse = user, order_by = id, through = "x", only = all, delete_orphan, via(a, b))]
    name: String,
}

fn main() {}
