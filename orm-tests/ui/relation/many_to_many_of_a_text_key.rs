// The type of a key that is not an `i64` is written after the entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Label {
    #[entity(primary_key)]
    name: String,
}

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(through = "note_label")]
    labels: ManyToMany<Label>,
}

fn main() {}
