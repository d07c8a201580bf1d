// A column of a table that is made stands behind the name that it has in the program.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Node {
    id: Auto<i64>,
    #[entity(through = "edge", columns("A", "B"))]
    next: ManyToMany<Node>,
}

fn main() {}
