// A collection must be of an entity.
use orm_runtime::prelude::*;

struct Label;

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(through = "note_label")]
    labels: ManyToMany<Label>,
}

fn main() {}
