use orm_runtime::prelude::*;

#[derive(Entity)]
struct Node {
    id: Auto<i64>,
    parent: Option<ForeignKey<Node>>,
    #[entity(order_by = "id")]
    children: HasMany<Node>,
}

fn main() {}
