// A column of a generated table is written after its name in the program.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Node {
    id: Auto<i64>,
    #[entity(through = "edge", columns("A", "B"))]
    next: ManyToMany<Node>,
}

fn main() {}
