use orm_runtime::prelude::*;

#[derive(Entity)]
struct Node {
    id: Auto<i64>,
    #[entity(default, length = 3, references = Node, inverse = parent)]
    parent: Option<ForeignKey<Node>>,
    #[entity(unique, on_delete = cascade, through = "x")]
    children: HasMany<Node>,
}

fn main() {}
