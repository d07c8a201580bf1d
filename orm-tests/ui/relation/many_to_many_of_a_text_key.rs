// The type of a key that is no `i64` stands behind the entity.
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
